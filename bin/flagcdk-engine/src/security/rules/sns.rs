//! Topics and who listens to them.

use serde_json::Value as Json;

use crate::security::policy;
use crate::security::rule::Check::{Code, Property};
use crate::security::rule::{Case, Fault, Rule, Unset, Want};
use crate::validate::suggest::listed;

const TOPIC: &[&str] = &["AWS::SNS::Topic"];
const POLICY: &[&str] = &["AWS::SNS::TopicPolicy"];
const SUBSCRIPTION: &[&str] = &["AWS::SNS::Subscription"];

/// The protocols whose deliveries SNS can log; the others are for people.
const LOGGED: [&str; 6] = ["application", "firehose", "http", "https", "lambda", "sqs"];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::sns-encryption",
        TOPIC,
        &[Property("KmsMasterKeyId", Want::OwnKey, Unset::Wrong)],
        "set `KmsMasterKeyId` to a key of the account: the key that AWS has for everybody lets no service publish",
    ),
    Rule::warns(
        "security::sns-tls",
        TOPIC,
        &[Code(tls)],
        "add an `AWS::SNS::TopicPolicy` that denies `sns:Publish` to everybody when `aws:SecureTransport` is `false`",
    ),
    Rule::warns(
        "security::sns-delivery-logs",
        TOPIC,
        &[Code(delivery_logs)],
        "set `DeliveryStatusLogging` for the protocols by which the topic delivers",
    ),
    Rule::refuses(
        "security::sns-open-policy",
        POLICY,
        &[Code(|case| policy::open(case, "PolicyDocument"))],
        "name who may publish, or add a condition on `aws:SourceArn` or `aws:PrincipalAccount`",
    ),
    Rule::warns(
        "security::sns-services",
        POLICY,
        &[Code(|case| policy::deputies(case, "PolicyDocument"))],
        "add a condition on `aws:SourceArn` or `aws:SourceAccount`",
    ),
    Rule::warns(
        "security::sns-subscription-dead-letters",
        SUBSCRIPTION,
        &[Code(dead_letters)],
        "set `RedrivePolicy` to a queue, so that messages survive while whoever listens is down",
    ),
];

fn tls(case: &Case<'_, '_>) -> Vec<Fault> {
    let denied = case.links.only_tls.contains(&case.place());
    if denied { vec![] } else { vec![Fault::new("", "no policy of the topic denies what does not come by TLS")] }
}

fn delivery_logs(case: &Case<'_, '_>) -> Vec<Fault> {
    if case.slots("DeliveryStatusLogging.*.FailureFeedbackRoleArn").iter().any(|slot| slot.value.is_some()) {
        return vec![];
    }
    let used = case.links.protocols.get(&case.place()).into_iter().flatten();
    let silent: Vec<_> = used.filter(|protocol| LOGGED.contains(protocol)).copied().collect();
    if silent.is_empty() {
        return vec![];
    }
    vec![Fault::new("", format!("nothing is logged of what cannot be delivered by {}", listed(silent)))]
}

/// People have no use for a queue of mails that did not arrive.
fn dead_letters(case: &Case<'_, '_>) -> Vec<Fault> {
    let protocol = case.get("Protocol").and_then(Json::as_str);
    if case.has("RedrivePolicy") || !protocol.is_some_and(|protocol| LOGGED.contains(&protocol)) {
        return vec![];
    }
    vec![Fault::new("", "the subscription has no `RedrivePolicy`: what cannot be delivered is lost")]
}
