//! Mends patterns that no ECMA engine reads as their authors meant them.
//!
//! The registry's schemas come from services written in Java, Python and Go, and some patterns are in those languages'
//! dialects. A fixup is tried on refused patterns alone, its result must be accepted, and a fixup that mended nothing is an
//! error: AWS has mended the schema, and the fixup can go.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Error, walk};

/// A family of mistakes.
struct Fixup {
    name: &'static str,
    /// The mended pattern; `None` where the mistake is another one.
    mend: fn(&str) -> Option<String>,
}

const FIXUPS: &[Fixup] = &[
    // `\A` and `\Z` are Python's anchors.
    Fixup {
        name: "python-anchors",
        mend: |pattern| {
            let mended = pattern.replace(r"\A^", "^").replace(r"\A", "^").replace(r"\Z", "$");
            (mended != pattern).then_some(mended)
        },
    },
    // `(?s)` lets the dot match line ends as well. No such pattern has an escaped dot.
    Fixup {
        name: "dot-all",
        mend: |pattern| pattern.contains("(?s)").then(|| pattern.replace("(?s)", "").replace('.', r"[\s\S]")),
    },
    // Surrogate pairs of UTF-16 stand for the characters beyond the first plane.
    Fixup {
        name: "surrogates",
        mend: |pattern| {
            let mended = pattern
                .replace(r"\uD800\uDBFF-\uDC00\uDFFF", r"\u{10000}-\u{10FFFF}")
                .replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\u{10000}-\u{10FFFF}");
            (mended != pattern).then_some(mended)
        },
    },
    // A hyphen after a class inside brackets is meant literally.
    Fixup {
        name: "hyphen-after-class",
        mend: |pattern| {
            let mut mended = pattern.to_owned();
            for class in [r"\w-", r"\s-", r"\p{Z}-"] {
                let escaped = class.replace('-', r"\-");
                mended = mended.replace(class, &escaped).replace(&format!("{escaped}]"), &format!("{class}]"));
            }
            (mended != pattern).then_some(mended)
        },
    },
];

/// Single patterns: what AWS has, and what is meant.
const REPLACEMENTS: &[(&str, &str)] = &[
    // AWS::IoTTwinMaker::Entity, AWS::IoTTwinMaker::ComponentType: an unescaped brace.
    (r"(^\$\{Parameters\.[a-zA-z]+([a-zA-z_0-9]*)}$)", r"(^\$\{Parameters\.[a-zA-z]+([a-zA-z_0-9]*)\}$)"),
    // AWS::GroundStation::Config: unescaped braces.
    (
        r"^([a-zA-Z0-9_\-=/]|\{satellite_id\}|\{config\-name}|\{s3\-config-id}|\{year\}|\{month\}|\{day\}){1,900}$",
        r"^([a-zA-Z0-9_\-=/]|\{satellite_id\}|\{config-name\}|\{s3-config-id\}|\{year\}|\{month\}|\{day\}){1,900}$",
    ),
    // AWS::StorageGateway::SMBFileShare, …::NFSFileShare: an unescaped brace, and a quote that needs no escape.
    (r#"^\{[\w\s:\{\}\[\]\"]*}$"#, r#"^\{[\w\s:\{\}\[\]"]*\}$"#),
    // AWS::SageMaker::ModelPackage: the length is meant for the text and not for its end.
    (r"^([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}", r"^[\p{L}\p{Z}\p{N}_.:\/=+\-@]{1,128}$"),
    (r"^([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,256}", r"^[\p{L}\p{Z}\p{N}_.:\/=+\-@]+$"),
    // AWS::S3Files::AccessPoint and AWS::EFS::AccessPoint: a look-ahead cannot be repeated.
    (r"^(\/|(\/(?!\.)+[^$#<>;;`|&?{}^*/\n]+){1,4})$", r"^(\/|(\/(?!\.)[^$#<>;`|&?{}^*/\n]+){1,4})$"),
    (r"^(\/|(\/(?!\.)+[^$#<>;`|&?{}^*/\n]+){1,4})$", r"^(\/|(\/(?!\.)[^$#<>;`|&?{}^*/\n]+){1,4})$"),
    // AWS::AutoScalingPlans::ScalingPlan: Java's intersection of classes; printable ASCII without `|`, `:` and `/`.
    (r"^[\p{Print}&&[^|:/]]+$", r"^[ -.0-9;-{}~]+$"),
    // AWS::SMSVOICE::PhoneNumber, AWS::SMSVOICE::Pool: `(?i)`.
    (r"^(?!(?i)(stop|help)$)[ \S]+", r"^(?!([Ss][Tt][Oo][Pp]|[Hh][Ee][Ll][Pp])$)[ \S]+"),
    // AWS::CloudFormation::GuardHook, AWS::CloudFormation::LambdaHook: `(?i)`.
    (
        r"^(?!(?i)aws)[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}$",
        r"^(?![Aa][Ww][Ss])[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}$",
    ),
    // AWS::Budgets::BudgetsAction: `(?i)`.
    (
        r"^(?![^:\\]*/action/|(?i).*<script>.*</script>.*)[^:\\]+$",
        r"^(?![^:\\]*/action/|.*<[Ss][Cc][Rr][Ii][Pp][Tt]>.*</[Ss][Cc][Rr][Ii][Pp][Tt]>.*)[^:\\]+$",
    ),
    // AWS::KinesisAnalyticsV2::Application: `(?i)`.
    (
        r"^(?:arn:.*:kms:.*:.*:(?:key\/.*|alias\/.*)|alias\/.*|(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$",
        r"^(?:arn:.*:kms:.*:.*:(?:key\/.*|alias\/.*)|alias\/.*|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$",
    ),
    // AWS::SSMContacts::ContactChannel: halves of surrogate pairs, and an ampersand that was escaped for HTML.
    (
        r"[a-zA-Z 0-9_\-+'&amp;\uD83C-\uDBFF\uDC00-\uDFFF\u2000-\u3300]+",
        r"[a-zA-Z 0-9_\-+'&\u{1F000}-\u{10FFFF}\u2000-\u3300]+",
    ),
    // AWS::ARCRegionSwitch::Plan, AWS::Connect::HoursOfOperation, AWS::IoTSecureTunneling::Tunnel: so many repetitions make
    // an automaton of megabytes. What the longest text may be, the service itself checks.
    (r"^.{1,65535}$", r"^.+$"),
    (r"^[\P{C}\r\n\t]{1,250}$", r"^[\P{C}\r\n\t]+$"),
    (r"^[^\p{C}]{1,2048}$", r"^[^\p{C}]+$"),
    // AWS::SageMaker::ModelPackage: of the same kind, and without anchors it matches every text.
    (r"[\p{L}\p{M}\p{Z}\p{N}\p{P}]{0,1024}", ""),
];

/// Mends patterns of one schema after another, and remembers which fixups were needed.
#[derive(Default)]
pub(super) struct Mender {
    known: BTreeMap<String, Option<String>>,
    used: BTreeSet<&'static str>,
    refused: BTreeMap<String, BTreeSet<String>>,
}

impl Mender {
    /// Mends the patterns of a schema. An empty pattern is dropped.
    pub(super) fn mend(&mut self, type_name: &str, schema: &mut Value) {
        walk::each_schema(schema, &mut |keywords| {
            if let Some(Value::String(pattern)) = keywords.get("pattern").cloned() {
                match self.mended(type_name, &pattern) {
                    mended if mended.is_empty() => drop(keywords.remove("pattern")),
                    mended => drop(keywords.insert("pattern".to_owned(), mended.into())),
                }
            }
            if let Some(Value::Object(by_pattern)) = keywords.get_mut("patternProperties") {
                let mended: Map<String, Value> = std::mem::take(by_pattern)
                    .into_iter()
                    .map(|(pattern, inner)| (self.mended(type_name, &pattern), inner))
                    .collect();
                *by_pattern = mended;
            }
        });
    }

    /// How many fixups were needed.
    ///
    /// # Errors
    /// A pattern that is still refused, and a fixup that was not needed.
    pub(super) fn finish(self) -> Result<usize, Error> {
        if let Some((pattern, types)) = self.refused.into_iter().next() {
            let types = types.into_iter().collect();
            return Err(Error::RefusedPattern { pattern, types });
        }
        let all = FIXUPS.iter().map(|fixup| fixup.name).chain(REPLACEMENTS.iter().map(|(pattern, _)| *pattern));
        match all.into_iter().find(|name| !self.used.contains(name)) {
            Some(name) => Err(Error::UnusedFixup { name: name.to_owned() }),
            None => Ok(self.used.len()),
        }
    }

    fn mended(&mut self, type_name: &str, pattern: &str) -> String {
        if let Some(known) = self.known.get(pattern) {
            if known.is_none() {
                self.refused.entry(pattern.to_owned()).or_default().insert(type_name.to_owned());
            }
            return known.clone().unwrap_or_default();
        }
        let mended = self.try_all(pattern);
        if mended.is_none() {
            self.refused.entry(pattern.to_owned()).or_default().insert(type_name.to_owned());
        }
        self.known.insert(pattern.to_owned(), mended.clone());
        mended.unwrap_or_default()
    }

    fn try_all(&mut self, pattern: &str) -> Option<String> {
        if is_accepted(pattern) {
            return Some(pattern.to_owned());
        }
        if let Some((name, replacement)) = REPLACEMENTS.iter().find(|(refused, _)| *refused == pattern) {
            self.used.insert(name);
            return is_accepted(replacement).then(|| (*replacement).to_owned());
        }
        // One pattern may have mistakes of two kinds.
        let mut mended = pattern.to_owned();
        for fixup in FIXUPS {
            if let Some(next) = (fixup.mend)(&mended) {
                self.used.insert(fixup.name);
                mended = next;
                if is_accepted(&mended) {
                    return Some(mended);
                }
            }
        }
        None
    }
}

/// Whether the pattern is valid, and compiles within the memory that validation grants.
fn is_accepted(pattern: &str) -> bool {
    jsonschema_regex::is_valid_ecma_regex(pattern)
        && jsonschema_regex::to_rust_regex(pattern).is_ok_and(|translated| fancy_regex::Regex::new(&translated).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mends_what_is_refused() {
        let check = |pattern: &str, expected: Option<&str>| {
            assert_eq!(Mender::default().try_all(pattern).as_deref(), expected, "{pattern}");
        };
        check("^[a-z]+$", Some("^[a-z]+$"));
        check(r"\A[0-9a-zA-Z-_]+\Z", Some("^[0-9a-zA-Z-_]+$"));
        check(r"\A^(\/aws\/MediaPackage\/)[a-zA-Z0-9_-]+\Z", Some(r"^(\/aws\/MediaPackage\/)[a-zA-Z0-9_-]+$"));
        check("(?s).*", Some(r"[\s\S]*"));
        check(r"^[\u0020-\uD7FF\uD800\uDBFF-\uDC00\uDFFF\t]*$", Some(r"^[\u0020-\uD7FF\u{10000}-\u{10FFFF}\t]*$"));
        check(r"^[\w-\.\+]+@([\w-]+\.)+[\w-]{2,4}$", Some(r"^[\w\-\.\+]+@([\w-]+\.)+[\w-]{2,4}$"));
        check("(unclosed", None);
    }

    #[test]
    fn tells_of_fixups_that_are_not_needed_and_patterns_that_are_refused() {
        assert!(matches!(Mender::default().finish(), Err(Error::UnusedFixup { .. })));
        let mut mender = Mender::default();
        mender.mend("A::B::C", &mut serde_json::json!({ "properties": { "pattern": { "pattern": "(unclosed" } } }));
        assert!(matches!(mender.finish(), Err(Error::RefusedPattern { .. })));
    }
}
