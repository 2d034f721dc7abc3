//! Findings as [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), which code hosts and editors
//! show where they belong.

use std::collections::BTreeSet;

use flagcdk_assembly::security::SecurityRule;
use flagcdk_assembly::{Assembly, Finding, Severity};
use serde_json::{Value as Json, json};

use crate::validate::{CODES, Review};

/// Where the format is described.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report on an assembly. What is suppressed is in it too, with the reason.
///
/// Files are named relative to the assembly's directory, `ASSEMBLY`, which whoever reads the report may place.
pub fn report(assembly: &Assembly, review: &Review) -> Json {
    let codes: BTreeSet<&str> = review
        .findings
        .iter()
        .chain(review.suppressed.iter().map(|suppressed| &suppressed.finding))
        .map(|finding| finding.code.as_str())
        .collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let mut results: Vec<Json> = review.findings.iter().map(|finding| result(assembly, &codes, finding)).collect();
    for suppressed in &review.suppressed {
        let mut result = result(assembly, &codes, &suppressed.finding);
        result["suppressions"] = json!([{ "kind": "inSource", "justification": suppressed.reason }]);
        results.push(result);
    }
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "flagcdk",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "ASSEMBLY": { "description": { "text": "the directory of the cloud assembly" } } },
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Json {
    let security = SecurityRule::find(code);
    let known = || CODES.iter().find(|(name, _)| *name == code).map(|(_, meaning)| *meaning);
    let mut rule = json!({ "id": code });
    if let Some(meaning) = security.map(|rule| rule.summary).or_else(known) {
        rule["shortDescription"] = json!({ "text": meaning });
    }
    if let Some(security) = security {
        let controls = security.controls.split(", ").filter(|control| !control.is_empty());
        let tags: Vec<&str> =
            ["security"].into_iter().chain(controls).chain(security.checkov.iter().copied()).collect();
        rule["properties"] = json!({ "tags": tags });
    }
    rule
}

fn result(assembly: &Assembly, codes: &[&str], finding: &Finding) -> Json {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let text = match finding.help.as_str() {
        "" => finding.message.clone(),
        help => format!("{}\n{help}", finding.message),
    };
    json!({
        "ruleId": finding.code,
        "ruleIndex": codes.iter().position(|code| *code == finding.code),
        "level": level,
        "message": { "text": text },
        "locations": [location(assembly, finding)],
    })
}

/// The construct, and the line of its resource in the template. What concerns no stack is in the manifest.
fn location(assembly: &Assembly, finding: &Finding) -> Json {
    let (construct, _) = finding.path.split_once(" at ").unwrap_or((&finding.path, ""));
    let stack = construct.split('/').next().unwrap_or_default();
    let file = assembly.manifest.stack(stack).map_or(flagcdk_assembly::MANIFEST_FILE, |stack| &stack.template);
    let mark = format!("\"flagcdk:path\": \"{construct}\"");
    let line = assembly.templates.get(file).and_then(|text| {
        let position = text.find(&mark)?;
        Some(text[..position].matches('\n').count() + 1)
    });
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": file, "uriBaseId": "ASSEMBLY" },
            "region": { "startLine": line.unwrap_or(1) },
        },
        "logicalLocations": [{ "fullyQualifiedName": finding.path, "kind": "resource" }],
    })
}
