//! What was asked for.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::request::Parts;
use serde_json::{Map, Value};

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name that the request is signed for, such as `dynamodb`.
    pub service: String,
    /// The region that the request is signed for.
    pub region: String,
    /// The action, such as `PublishBatch`; `CreateDocument` for OpenSearch, and what else is done there by its method.
    pub action: String,
    /// The path.
    pub path: String,
    /// The body: JSON, or the fields of a form.
    pub body: Value,
    /// What topics took of it: the topic and the message.
    pub(super) taken: Vec<(String, String)>,
}

/// What a role must allow for a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// The action of IAM, such as `sns:Publish`.
    pub action: String,
    /// The ARN of what it is done to, in the account `111122223333`; of OpenSearch, whose calls do not say of which domain
    /// they are, the path.
    pub resource: String,
    /// What conditions may ask for.
    pub context: BTreeMap<String, String>,
}

/// The account that ARNs are of.
const ACCOUNT: &str = "111122223333";

impl Call {
    pub(super) fn read(service: String, region: String, parts: &Parts, body: &[u8]) -> Self {
        let path = parts.uri.path().to_owned();
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let json = serde_json::from_slice(body).unwrap_or_default();
        let (action, body) = match (service.as_str(), target) {
            ("sns", _) => {
                let fields = form(&String::from_utf8_lossy(body));
                (fields["Action"].as_str().unwrap_or_default().to_owned(), Value::Object(fields))
            }
            ("es", _) if path.contains("/_create/") => ("CreateDocument".to_owned(), json),
            (_, Some(target)) => (target.rsplit('.').next().unwrap_or_default().to_owned(), json),
            (_, None) => (parts.method.to_string(), json),
        };
        Self { service, region, action, path, body, taken: Vec::new() }
    }

    /// What a role must allow for it.
    ///
    /// See [actions, resources and conditions](https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
    ///
    /// # Panics
    ///
    /// If it is not known what a call needs.
    pub fn permissions(&self) -> BTreeSet<Permission> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let arn = |service: &str, rest: &str| format!("arn:aws:{service}:{}:{ACCOUNT}:{rest}", self.region);
        let table = |value: &Value| arn("dynamodb", &format!("table/{}", text(&value["TableName"])));
        let permission = |action: String, resource: String| {
            let context = BTreeMap::from([("aws:RequestedRegion".to_owned(), self.region.clone())]);
            Permission { action, resource, context }
        };
        let one = |action: &str, resource: String| BTreeSet::from([permission(action.to_owned(), resource)]);
        match (self.service.as_str(), self.action.as_str()) {
            // A transaction has no action of its own.
            ("dynamodb", "TransactWriteItems") => {
                let items = self.body["TransactItems"].as_array().into_iter().flatten();
                let write = |item: &Value| {
                    let (kind, write) = item.as_object().and_then(|item| item.iter().next()).expect("it is one write");
                    let kind =
                        if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
                    permission(format!("dynamodb:{kind}"), table(write))
                };
                items.map(write).collect()
            }
            ("dynamodb", action) => one(&format!("dynamodb:{action}"), table(&self.body)),
            ("sns", _) => one("sns:Publish", text(&self.body["TopicArn"])),
            ("secretsmanager", action) => one(&format!("secretsmanager:{action}"), text(&self.body["SecretId"])),
            ("events", "PutEvents") => {
                let entries = self.body["Entries"].as_array().into_iter().flatten();
                let put = |entry: &Value| {
                    let mut put = permission("events:PutEvents".to_owned(), arn("events", "event-bus/default"));
                    put.context.insert("events:source".to_owned(), text(&entry["Source"]));
                    put
                };
                entries.map(put).collect()
            }
            ("es", "CreateDocument") => one("es:ESHttpPut", self.path.clone()),
            (service, action) => panic!("it is not known what `{service}` wants for `{action}`"),
        }
    }
}

/// The fields of a form.
fn form(text: &str) -> Map<String, Value> {
    let fields = text.split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (plain(name), Value::String(plain(value)))).collect()
}

fn plain(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                let digits = str::from_utf8(&digits).expect("two digits follow a percent sign");
                u8::from_str_radix(digits, 16).expect("two digits follow a percent sign")
            }
            other => other,
        });
    }
    String::from_utf8(plain).expect("forms are UTF-8")
}
