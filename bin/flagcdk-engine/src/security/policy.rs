//! Policy documents, understood as far as they are known before the deploy.
//!
//! See the [policy grammar](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).

use std::borrow::Cow;

use serde_json::Value as Json;

use super::rule::{Case, Fault};
use super::values::{each, entries, function, text};

/// Keys of conditions that hold for known accounts, networks or resources alone, in lower case.
const NARROWING: [&str; 18] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
    "kms:encryptioncontext:aws:logs:arn",
    "kms:encryptioncontext:sourcearn",
    "s3:dataaccesspointaccount",
];

/// Values of conditions that hold for everybody.
const EVERYTHING: [&str; 3] = ["*", "0.0.0.0/0", "::/0"];

/// Services whose calls for a resource carry none of the keys that would tell for whom they are.
///
/// See [encrypted topics](https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services).
const WITHOUT_SOURCE: [(&str, &str); 1] = [("AWS::KMS::Key", "events.amazonaws.com")];

/// A statement. What only the deploy knows is not in it.
pub(super) struct Statement<'a> {
    /// Where it is in its document.
    pub(super) place: String,
    pub(super) allows: bool,
    /// Whether it is for everybody in the world.
    pub(super) anyone: bool,
    /// The services that it is for.
    pub(super) services: Vec<Cow<'a, str>>,
    pub(super) actions: Vec<Cow<'a, str>>,
    pub(super) resources: Vec<Cow<'a, str>>,
    /// Whether it is about all actions or resources but some.
    pub(super) excepts: bool,
    conditions: Option<&'a Json>,
}

impl<'a> Statement<'a> {
    fn new(place: String, statement: &'a Json) -> Option<Self> {
        let fields = entries(statement)?;
        let texts = |value: Option<&'a Json>| -> Vec<Cow<'a, str>> {
            value.into_iter().flat_map(each).filter_map(text).collect()
        };
        let principal = fields.get("Principal");
        let of = |kind: &str| texts(principal.and_then(entries).and_then(|kinds| kinds.get(kind)));
        let anyone = principal.is_some_and(|principal| principal == "*") || of("AWS").iter().any(|arn| arn == "*");
        Some(Self {
            place,
            // What is not known to deny is taken for what it says.
            allows: fields.get("Effect").is_some_and(|effect| effect == "Allow"),
            anyone,
            services: of("Service"),
            actions: texts(fields.get("Action")),
            resources: texts(fields.get("Resource")),
            excepts: ["NotAction", "NotResource", "NotPrincipal"].iter().any(|name| fields.contains_key(*name)),
            conditions: fields.get("Condition"),
        })
    }

    /// Whether there are conditions of any kind.
    pub(super) fn is_conditional(&self) -> bool {
        self.conditions.is_some_and(|conditions| conditions.as_object().is_none_or(|all| !all.is_empty()))
    }

    /// Whether a condition keeps strangers out, or may do so.
    pub(super) fn is_narrowed(&self) -> bool {
        let Some(conditions) = self.conditions else { return false };
        let Some(operators) = entries(conditions) else { return true };
        operators.iter().any(|(operator, keys)| {
            let operator = operator.rsplit(':').next().unwrap_or_default();
            let positive =
                ["StringEquals", "StringLike", "Arn", "IpAddress"].iter().any(|name| operator.starts_with(name))
                    && !operator.contains("Not")
                    && !operator.ends_with("IfExists");
            let Some(keys) = entries(keys) else { return positive };
            let narrows = |(key, values): (&String, &Json)| {
                let key = key.to_lowercase();
                let is_all = |value: &Json| value.as_str().is_some_and(|value| EVERYTHING.contains(&value));
                NARROWING.contains(&key.as_str()) && !each(values).iter().any(is_all)
            };
            positive && keys.iter().any(narrows)
        })
    }

    /// Whether everything is denied that does not come by TLS.
    fn denies_all_but_tls(&self) -> bool {
        let insecure = |keys: &Json| {
            let keys = keys.as_object().into_iter().flatten();
            keys.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SecureTransport"))
                .any(|(_, value)| each(value).iter().any(|value| value == "false" || *value == Json::Bool(false)))
        };
        let operators = self.conditions.and_then(entries);
        !self.allows && self.anyone && operators.and_then(|operators| operators.get("Bool")).is_some_and(insecure)
    }
}

/// The statements of a document, which is an object or a text.
fn document(document: &Json) -> Option<Cow<'_, Json>> {
    match document {
        Json::String(text) => serde_json::from_str(text).ok().map(Cow::Owned),
        Json::Object(_) if function(document).is_none() => Some(Cow::Borrowed(document)),
        _ => None,
    }
}

fn statements<'d>(place: &str, document: &'d Json) -> Vec<Statement<'d>> {
    let Some(statements) = document.get("Statement") else { return vec![] };
    let is_list = statements.is_array();
    let numbered = each(statements).iter().enumerate();
    numbered
        .filter_map(|(index, statement)| {
            let at = if is_list { format!("{place}.Statement.{index}") } else { format!("{place}.Statement") };
            Statement::new(at, statement)
        })
        .collect()
}

/// What a judge says of each statement of the documents at a path.
pub(super) fn judge(case: &Case<'_, '_>, path: &str, judge: impl Fn(&Statement<'_>) -> Option<String>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for slot in case.slots(path) {
        let Some(document) = slot.value.and_then(document) else { continue };
        for statement in statements(&slot.place, &document) {
            faults.extend(judge(&statement).map(|message| Fault::new(&statement.place, message)));
        }
    }
    faults
}

/// Whether a document denies everything that does not come by TLS, or may do so.
pub(super) fn denies_all_but_tls(value: &Json) -> bool {
    let Some(document) = document(value) else { return true };
    let is_known = document.get("Statement").is_none_or(|all| each(all).iter().all(|one| function(one).is_none()));
    !is_known || statements("", &document).iter().any(Statement::denies_all_but_tls)
}

/// The statements of a resource's policy that are for everybody.
pub(super) fn open(case: &Case<'_, '_>, path: &str) -> Vec<Fault> {
    judge(case, path, |statement| {
        let open = statement.allows && statement.anyone && !statement.is_narrowed();
        open.then(|| "the statement is for everybody in the world, and no condition says for which account".to_owned())
    })
}

/// The statements of a resource's policy by which a service can be sent by a stranger.
///
/// See the [confused deputy](https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
pub(super) fn deputies(case: &Case<'_, '_>, path: &str) -> Vec<Fault> {
    let knows_source = |service: &&Cow<'_, str>| {
        !WITHOUT_SOURCE.iter().any(|(kind, name)| *kind == case.resource.kind && name == *service)
    };
    judge(case, path, |statement| {
        let service = statement.services.iter().find(knows_source)?;
        let open = statement.allows && !statement.is_narrowed();
        open.then(|| format!("the statement is for `{service}` on behalf of anybody's account"))
    })
}
