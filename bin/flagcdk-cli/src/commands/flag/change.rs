//! What all changes have in common: they are shown, written if the rules allow it, and watched if somebody wants to.

use flag_operator::{Operator, Proposal, Purpose};
use flag_rules::{RuleSet, Severity};
use flagcdk_assembly::Finding;
use serde_json::{Value, json};

use super::args::How;
use super::replica::Table;
use super::show::short;
use super::system::System;
use super::watch;
use crate::failure::Failure;
use crate::ui;
use crate::ui::style::{BAD, BOLD, CHANGE, DIM, GOOD, paint};

/// Shows a proposal and, unless this is a rehearsal, writes it.
pub(super) async fn make(
    system: &System,
    operator: &Operator<Table<'_>, RuleSet>,
    proposal: &Proposal,
    how: &How,
) -> Result<u8, Failure> {
    let flag = &proposal.flag;
    if !proposal.is_needed() {
        if system.json {
            ui::data(to_json(proposal, false).to_string());
        }
        ui::say(format!("nothing to do: `{}` is as wanted", flag.id));
        return Ok(0);
    }
    announce(proposal);
    let findings = findings(proposal);
    if proposal.is_forbidden() {
        if system.json {
            ui::data(to_json(proposal, false).to_string());
        }
        return Err(Failure::Findings(findings));
    }
    ui::findings::show(&findings);
    if !how.dry_run {
        operator.commit(proposal).await.map_err(|error| system.failure(error))?;
    }
    if system.json {
        ui::data(to_json(proposal, !how.dry_run).to_string());
    } else if !how.dry_run {
        ui::data(format!("{} {}", flag.id, flag.version));
    }
    if how.dry_run {
        ui::say("nothing was written: this is a rehearsal");
        return Ok(0);
    }
    ui::say(format!("{} version {} of {}", paint(GOOD, "wrote"), flag.version, paint(BOLD, &flag.id)));
    if how.watch { watch::until_there(system, &flag.id, flag.version, &[], watch::TIMEOUT).await } else { Ok(0) }
}

fn announce(proposal: &Proposal) {
    let flag = &proposal.flag;
    let (style, word, what) = match proposal.purpose {
        Purpose::Create => (GOOD, "create", format!("as version {}", flag.version)),
        Purpose::Update => (CHANGE, "update", format!("to version {}", flag.version)),
        Purpose::Rollback { bad, restored_from } => (
            CHANGE,
            "roll back",
            format!("version {bad} to what version {restored_from} was, as version {}", flag.version),
        ),
    };
    ui::say(format!(
        "{} {} {}",
        paint(style.bold(), word),
        paint(BOLD, &flag.id),
        paint(DIM, format!("({}) {what}", flag.environment))
    ));
    if let Some(unpublished) = proposal.unpublished {
        let base = match &proposal.before {
            Some(before) => format!("readers have version {}, which this is compared with", before.version),
            None => "readers have none".to_owned(),
        };
        ui::say(format!("  {} version {unpublished} was not published; {base}", paint(CHANGE, "!")));
    }
    for change in &proposal.changes {
        let (style, sign) = match (&change.old, &change.new) {
            (None, _) => (GOOD, "+"),
            (_, None) => (BAD, "-"),
            _ => (CHANGE, "~"),
        };
        let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), short);
        let what = match (&change.old, &change.new) {
            (None, Some(_)) => text(&change.new),
            (old, new) => format!("{} → {}", text(old), text(new)),
        };
        ui::say(format!("  {} {}: {what}", paint(style, sign), change.field));
    }
    if proposal.changes.is_empty() {
        ui::say("  nothing that readers would see");
    }
}

/// What the rules say, as findings about the flag.
fn findings(proposal: &Proposal) -> Vec<Finding> {
    let path = proposal.flag.id.as_str();
    let finding = |found: &flag_rules::Finding| match found.severity {
        Severity::Error => Finding::error(&found.rule, path, &found.message, ""),
        Severity::Warning => Finding::warning(&found.rule, path, &found.message, ""),
    };
    proposal.verdict.findings.iter().map(finding).collect()
}

fn to_json(proposal: &Proposal, written: bool) -> Value {
    let purpose = match proposal.purpose {
        Purpose::Create => json!({ "do": "create" }),
        Purpose::Update => json!({ "do": "update" }),
        Purpose::Rollback { bad, restored_from } => {
            json!({ "do": "rollback", "rollback_of": bad, "restored_from": restored_from })
        }
    };
    let finding = |found: &flag_rules::Finding| json!({ "rule": found.rule, "severity": found.severity, "message": found.message });
    let findings: Vec<_> = proposal.verdict.findings.iter().map(finding).collect();
    json!({
        "flag_id": proposal.flag.id,
        "version": proposal.flag.version,
        "purpose": purpose,
        "needed": proposal.is_needed(),
        "written": written,
        "changes": proposal.changes,
        "findings": findings,
    })
}
