//! The quotas of a template, counted before anything is sent.
//!
//! Follows [CloudFormation quotas](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).

use std::collections::BTreeMap;
use std::io;

use flagcdk_assembly::Finding;
use serde_json::Value as Json;

use super::codes;
use super::suggest::{counted, grouped};
use super::template::StackView;

const RESOURCES: usize = 500;
const PARAMETERS: usize = 200;
const OUTPUTS: usize = 200;
const MAPPINGS: usize = 200;
const MAPPING_ATTRIBUTES: usize = 200;
const DYNAMIC_REFERENCES: usize = 60;

/// Of a template that CloudFormation reads from S3.
const TEMPLATE_BYTES: usize = 1_048_576;

/// The longest value of a parameter or output, in bytes.
pub(super) const VALUE_BYTES: usize = 4_096;

/// How many constructs a finding names.
const LARGEST: usize = 10;

/// Checks one template against the quotas.
pub(super) fn check(stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    let mut too_many = |code: &str, what: &str, got: usize, most: usize, help: &str, largest: String| {
        if got > most {
            let message = format!("the template has {} {what}, wanted {most} at most{largest}", grouped(got));
            findings.push(Finding::error(code, &stack.entry.id, message, help));
        }
    };
    let split = "split the stack in two: `app.stack(…)` once more, and half of the constructs in it";
    let count = stack.resources.len();
    let largest = if count > RESOURCES { largest(stack, |_| 1) } else { String::new() };
    too_many(codes::TOO_MANY_RESOURCES, "resources", count, RESOURCES, split, largest);
    let bundle = "pass related values as one text and split it, or split the stack in two";
    too_many(codes::TOO_MANY_PARAMETERS, "parameters", stack.parameters.len(), PARAMETERS, bundle, String::new());
    too_many(codes::TOO_MANY_OUTPUTS, "outputs", stack.outputs.len(), OUTPUTS, bundle, String::new());
    too_many(
        codes::TOO_MANY_MAPPINGS,
        "mappings",
        stack.mappings.len(),
        MAPPINGS,
        "join mappings that have the same keys",
        String::new(),
    );
    for (name, rows) in stack.mappings {
        let rows = rows.as_object().into_iter().flatten();
        let widest = rows.map(|(_, row)| row.as_object().map_or(0, serde_json::Map::len)).max().unwrap_or_default();
        let what = format!("attributes in a row of the mapping `{name}`");
        too_many(
            codes::TOO_MANY_MAPPINGS,
            &what,
            widest,
            MAPPING_ATTRIBUTES,
            "split the mapping in two",
            String::new(),
        );
    }

    let mut measure = Measure::default();
    serde_json::to_writer(&mut measure, stack.json).expect("counting bytes does not fail");
    if measure.bytes > TEMPLATE_BYTES {
        let largest = self::largest(stack, |body| body.to_string().len());
        let message = format!(
            "the template has {} without white space, wanted {} at most{largest}",
            counted(measure.bytes, "byte"),
            grouped(TEMPLATE_BYTES)
        );
        findings.push(Finding::error(codes::TEMPLATE_TOO_LARGE, &stack.entry.id, message, split));
    }
    let references = dynamic_references(stack.json);
    if references > DYNAMIC_REFERENCES {
        let largest = self::largest(stack, dynamic_references);
        let message =
            format!("the template has {references} dynamic references, wanted {DYNAMIC_REFERENCES} at most{largest}");
        findings.push(Finding::error(codes::TOO_MANY_DYNAMIC_REFERENCES, &stack.entry.id, message, split));
    }
}

pub(super) fn value_too_long(path: String, got: usize) -> Finding {
    Finding::error(
        codes::VALUE_TOO_LONG,
        path,
        format!("the value has {}, wanted {} at most", counted(got, "byte"), grouped(VALUE_BYTES)),
        "keep the value in an SSM parameter or a file in S3, and pass its name",
    )
}

/// Counts bytes instead of keeping them.
#[derive(Default)]
struct Measure {
    bytes: usize,
}

impl io::Write for Measure {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.bytes += part.len();
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn dynamic_references(value: &Json) -> usize {
    match value {
        Json::String(text) => text.matches("{{resolve:").count(),
        Json::Array(items) => items.iter().map(dynamic_references).sum(),
        Json::Object(entries) => entries.values().map(dynamic_references).sum(),
        _ => 0,
    }
}

/// The constructs that weigh most, as the end of a message.
///
/// It begins with the whole stack, and takes the heaviest construct apart until there are enough; a construct with a single
/// child is not taken apart, since nothing would be learned.
fn largest(stack: &StackView<'_>, weigh: impl Fn(&Json) -> usize) -> String {
    let mut weights: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    let bodies = stack.root.get("Resources").and_then(Json::as_object);
    for resource in stack.resources.values() {
        let body = bodies.and_then(|bodies| bodies.get(resource.id)).unwrap_or(&Json::Null);
        let parts: Vec<&str> = resource.path.split('/').collect();
        for depth in 1..=parts.len() {
            *weights.entry(parts[..depth].to_vec()).or_default() += weigh(body);
        }
    }
    let mut shown: Vec<Vec<&str>> = weights.keys().filter(|path| path.len() == 1).cloned().collect();
    let mut whole: Vec<Vec<&str>> = Vec::new();
    while shown.len() + whole.len() < LARGEST {
        let Some(heaviest) = (0..shown.len()).max_by_key(|index| weights[&shown[*index]]) else { break };
        let total = weights[&shown[heaviest]];
        let path = shown.swap_remove(heaviest);
        let mut inner = children(&weights, &path);
        while let [only] = inner.as_slice() {
            inner = children(&weights, only);
        }
        // Hundreds of small parts tell less than the whole.
        let matters = path.len() == 1 || inner.iter().any(|part| weights[part] * 20 > total);
        if inner.is_empty() || !matters { whole.push(path) } else { shown.extend(inner) }
    }
    shown.append(&mut whole);
    shown.sort_by_key(|path| (usize::MAX - weights[path], path.clone()));
    let parts: Vec<_> =
        shown.iter().take(LARGEST).map(|path| format!("`{}` {}", path.join("/"), grouped(weights[path]))).collect();
    if parts.is_empty() { String::new() } else { format!("; the largest constructs: {}", parts.join(", ")) }
}

fn children<'a>(weights: &BTreeMap<Vec<&'a str>, usize>, path: &Vec<&'a str>) -> Vec<Vec<&'a str>> {
    let inside = weights.range(path.clone()..).skip(1).map(|(other, _)| other);
    inside.take_while(|other| other.starts_with(path)).filter(|other| other.len() == path.len() + 1).cloned().collect()
}
