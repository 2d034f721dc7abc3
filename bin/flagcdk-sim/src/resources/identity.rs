//! What a resource is called: the physical id that `Ref` gives, and the names that it occupies.

use serde_json::Value;

use super::kinds::{self, Kind};
use super::registry::TypeSchema;
use crate::{identifiers, region};

/// Everything that the ids of a resource are drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naming<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) stack_name: &'a str,
    pub(crate) logical_id: &'a str,
    /// Differs from one resource to the next, and after each replacement.
    pub(crate) seed: &'a str,
    pub(crate) properties: &'a Value,
}

/// The physical id, and the names that no other resource of the type may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PhysicalIdentity {
    pub(crate) physical_id: String,
    pub(crate) claims: Vec<String>,
}

/// Finds both for a new resource.
pub(crate) fn identify(type_name: &str, schema: Option<&TypeSchema>, naming: Naming<'_>) -> PhysicalIdentity {
    let mut claims = Vec::new();
    let physical_id = match kinds::find(type_name) {
        Some(kind) => {
            let id = fill(kind.reference, naming, || name(kind, naming));
            if kind.name.is_some_and(|property| is_given(naming.properties, property)) {
                claims.push(format!("{type_name}|{id}"));
            }
            id
        }
        None => {
            let parts = |properties: &[String]| -> Vec<String> {
                properties.iter().map(|property| generic_part(type_name, schema, property, naming)).collect()
            };
            let primary = schema.map(|schema| schema.primary.as_slice()).unwrap_or_default();
            if !primary.is_empty() && primary.iter().all(|property| is_given(naming.properties, property)) {
                claims.push(format!("{type_name}|{}", parts(primary).join("|")));
            }
            match schema.map(|schema| schema.reference.as_slice()) {
                None | Some([]) => generated_name(naming, 255, false),
                Some(reference) => parts(reference).join("|"),
            }
        }
    };
    claims.extend(further_claims(type_name, naming.properties));
    PhysicalIdentity { physical_id, claims }
}

/// Combinations that have to be unique although they are no names.
fn further_claims(type_name: &str, properties: &Value) -> Option<String> {
    let text = |property: &str| properties.get(property).and_then(Value::as_str);
    match type_name {
        "AWS::Lambda::EventSourceMapping" => {
            Some(format!("{type_name}|{}|{}", text("EventSourceArn")?, text("FunctionName")?))
        }
        "AWS::EC2::SecurityGroup" => {
            Some(format!("{type_name}|{}|{}", text("VpcId").unwrap_or("default"), text("GroupName")?))
        }
        "AWS::EC2::SubnetRouteTableAssociation" => Some(format!("{type_name}|{}", text("SubnetId")?)),
        "AWS::IAM::ServiceLinkedRole" => {
            Some(format!("{type_name}|{}|{}", text("AWSServiceName")?, text("CustomSuffix").unwrap_or_default()))
        }
        _ => None,
    }
}

/// The name of a resource of a well-known type.
pub(super) fn name(kind: &Kind, naming: Naming<'_>) -> String {
    if let Some(given) = kind.name.and_then(|property| naming.properties.get(property)).and_then(Value::as_str) {
        return given.to_owned();
    }
    let mut name = generated_name(naming, kind.max, kind.lower);
    let is_fifo = |property: &str| naming.properties.get(property).is_some_and(|flag| flag == true || flag == "true");
    if is_fifo("FifoQueue") || is_fifo("FifoTopic") {
        name.truncate(kind.max - ".fifo".len());
        name.push_str(".fifo");
    }
    name
}

/// `Stack-LogicalId-ABC123`, shortened so that it fits.
fn generated_name(naming: Naming<'_>, max: usize, lower: bool) -> String {
    let suffix = identifiers::capitals(naming.seed, 12);
    // Short names keep their random end, without which they would collide.
    let room = max.saturating_sub(suffix.len() + 2);
    let full = naming.stack_name.len() + naming.logical_id.len();
    let name = if full <= room {
        format!("{}-{}-{suffix}", naming.stack_name, naming.logical_id)
    } else {
        let logical = &naming.logical_id[..naming.logical_id.len().min(room / 2)];
        let stack = &naming.stack_name[..naming.stack_name.len().min(room - logical.len())];
        format!("{}-{logical}-{suffix}", stack.trim_end_matches('-'))
    };
    if lower { name.to_ascii_lowercase() } else { name }
}

/// One part of the identifier of a type that is in no table.
fn generic_part(type_name: &str, schema: Option<&TypeSchema>, property: &str, naming: Naming<'_>) -> String {
    match lookup(naming.properties, property) {
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
        _ => generic_text(type_name, schema, property, naming),
    }
}

/// A text for a property that AWS would choose, judged by its name.
pub(super) fn generic_text(type_name: &str, schema: Option<&TypeSchema>, property: &str, naming: Naming<'_>) -> String {
    let mut parts = type_name.split("::").skip(1);
    let service = service_code(parts.next().unwrap_or_default());
    let noun = kebab(parts.next().unwrap_or_default());
    let last = property.rsplit('.').next().unwrap_or(property);
    let read_only = schema.is_some_and(|schema| schema.read_only.contains(property));
    if last.ends_with("Arn") || last.ends_with("ARN") {
        let place = if kinds::is_global(type_name) { "" } else { naming.region };
        let name = generated_name(naming, 64, false);
        return format!("arn:{}:{service}:{place}:{}:{noun}/{name}", region::partition(naming.region), naming.account);
    }
    if last.ends_with("Url") || last.ends_with("Uri") || last.ends_with("URL") || last.ends_with("URI") {
        return format!(
            "https://{}.{service}.{}.{}",
            identifiers::hex_digits(naming.seed, 10),
            naming.region,
            region::url_suffix(naming.region)
        );
    }
    if ["Endpoint", "Address", "DomainName", "HostName", "DnsName"].iter().any(|end| last.ends_with(end)) {
        return format!(
            "{}.{service}.{}.{}",
            identifiers::hex_digits(naming.seed, 10),
            naming.region,
            region::url_suffix(naming.region)
        );
    }
    if last.ends_with("Status") || last == "State" {
        return "ACTIVE".to_owned();
    }
    if last.ends_with("Time") || last.ends_with("At") || last.ends_with("Date") {
        return "2026-01-01T00:00:00Z".to_owned();
    }
    if read_only && last.ends_with("Id") {
        return identifiers::uuid(&format!("{}/{property}", naming.seed));
    }
    generated_name(naming, 64, false)
}

/// Fills the words in braces. Those that are not known stay as they are.
pub(super) fn fill(text: &str, naming: Naming<'_>, name: impl Fn() -> String) -> String {
    let mut result = String::with_capacity(text.len() + 40);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        result.push_str(before);
        let Some((word, after)) = after.split_once('}') else { break };
        result.push_str(&match word {
            "name" => name(),
            "account" => naming.account.to_owned(),
            "region" => naming.region.to_owned(),
            "partition" => region::partition(naming.region).to_owned(),
            "suffix" => region::url_suffix(naming.region).to_owned(),
            "zone" => short_zone(naming.region),
            "uuid" => identifiers::uuid(naming.seed),
            "hex6" => identifiers::hex_digits(naming.seed, 6),
            "hex17" => format!("0{}", identifiers::hex_digits(naming.seed, 16)),
            "hex26" => identifiers::hex_digits(naming.seed, 26),
            "letters6" => identifiers::letters(naming.seed, 6),
            "capitals16" => identifiers::capitals(naming.seed, 16),
            "ip" => public_ip(naming.seed),
            // Redis listens here unless it is told another port.
            "port" => naming.properties.get("Port").map_or_else(
                || "6379".to_owned(),
                |port| port.as_str().map_or_else(|| port.to_string(), str::to_owned),
            ),
            property => property
                .strip_prefix('@')
                .and_then(|property| lookup(naming.properties, property))
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                .unwrap_or_default(),
        });
        rest = after;
    }
    result.push_str(rest);
    result
}

/// The value at a dotted path.
pub(super) fn lookup<'a>(properties: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(properties, |value, name| value.get(name))
}

fn is_given(properties: &Value, path: &str) -> bool {
    lookup(properties, path).is_some()
}

/// `euc1`, as in the host names of ElastiCache.
fn short_zone(region: &str) -> String {
    let mut parts = region.split('-');
    let area = parts.next().unwrap_or_default();
    let letters: String = parts.clone().filter_map(|part| part.chars().next()).collect();
    format!("{area}{letters}")
}

/// An address of the block that is set aside for documents.
fn public_ip(seed: &str) -> String {
    let digits = identifiers::hex_digits(seed, 2);
    format!("203.0.113.{}", u8::from_str_radix(&digits, 16).unwrap_or_default())
}

/// The service's name in ARNs.
fn service_code(service: &str) -> String {
    match service {
        "StepFunctions" => "states".to_owned(),
        "OpenSearchService" => "es".to_owned(),
        "CertificateManager" => "acm".to_owned(),
        "ElasticLoadBalancingV2" => "elasticloadbalancing".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

fn kebab(noun: &str) -> String {
    let mut text = String::new();
    for (index, character) in noun.char_indices() {
        if character.is_ascii_uppercase() && index > 0 {
            text.push('-');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_have_the_form_of_their_type() {
        for (type_name, properties, expected, claims) in [
            ("AWS::SQS::Queue", json!({"QueueName": "q"}), "https://sqs.eu-west-1.amazonaws.com/123456789012/q", 1),
            ("AWS::SNS::Topic", json!({}), "arn:aws:sns:eu-west-1:123456789012:Stack-Thing-", 0),
            ("AWS::SQS::Queue", json!({"FifoQueue": true}), ".fifo", 0),
            ("AWS::S3::Bucket", json!({}), "stack-thing-", 0),
            ("AWS::EC2::VPC", json!({}), "vpc-0", 0),
            ("AWS::Lambda::EventSourceMapping", json!({"EventSourceArn": "a", "FunctionName": "f"}), "-4", 1),
        ] {
            let identity = identify(
                type_name,
                None,
                Naming {
                    account: "123456789012",
                    region: "eu-west-1",
                    stack_name: "Stack",
                    logical_id: "Thing",
                    seed: "seed",
                    properties: &properties,
                },
            );
            assert!(identity.physical_id.contains(expected), "{}", identity.physical_id);
            assert_eq!(identity.claims.len(), claims, "{type_name}");
        }
    }

    #[test]
    fn long_names_are_shortened_and_stay_different() {
        let properties = json!({});
        let naming = Naming {
            account: "1",
            region: "eu-west-1",
            stack_name: "StackSet-flagcdk-production-regional-0123456789",
            logical_id: "AuditDomainResource0123ABCD",
            seed: "a",
            properties: &properties,
        };
        let first = generated_name(naming, 28, true);
        let second = generated_name(Naming { seed: "b", ..naming }, 28, true);
        assert!(first.len() <= 28 && first != second, "{first} {second}");
    }
}
