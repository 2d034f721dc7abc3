//! Roles and what they may do.

use crate::security::policy::{self, Statement};
use crate::security::rule::Check::Code;
use crate::security::rule::{Case, Fault, Rule};
use crate::security::values::text;
use crate::validate::suggest::listed;

const WITH_POLICIES: &[&str] = &[
    "AWS::IAM::Group",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::User",
];

pub(in crate::security) const RULES: &[Rule] = &[
    Rule::warns(
        "security::iam-access-key",
        &["AWS::IAM::AccessKey"],
        &[Code(|_| vec![Fault::new("", "the key does not expire, and its secret is in the stack")])],
        "let whoever needs it take on a role",
    ),
    Rule::refuses(
        "security::iam-administrator",
        WITH_POLICIES,
        &[Code(administrator)],
        "allow the actions that are needed, on the resources that they are needed for",
    ),
    Rule::refuses(
        "security::iam-open-trust",
        &["AWS::IAM::Role"],
        &[Code(|case| policy::open(case, "AssumeRolePolicyDocument"))],
        "name the service, role or account that may take on the role",
    ),
    Rule::warns(
        "security::iam-wildcard-action",
        WITH_POLICIES,
        &[Code(wildcard_action)],
        "name the actions that are needed",
    ),
    Rule::warns(
        "security::iam-wildcard-resource",
        WITH_POLICIES,
        &[Code(wildcard_resource)],
        "name the resources by their ARNs, or narrow the statement by a condition",
    ),
];

/// Managed policies with which one may do everything, or give oneself the right to.
const ADMINISTRATORS: [&str; 2] = ["policy/AdministratorAccess", "policy/IAMFullAccess"];

/// What begins the names of actions that know no resources, so that `*` is all that can be said.
///
/// See the [service authorization reference](https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
const WITHOUT_RESOURCES: [&str; 28] = [
    "cloudwatch:GetMetric",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "dynamodb:ListStreams",
    "dynamodb:ListTables",
    "ec2:Describe",
    "ecr:GetAuthorizationToken",
    "iam:List",
    "kms:GenerateRandom",
    "kms:ListAliases",
    "kms:ListKeys",
    "lambda:ListFunctions",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:GetQueryResults",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:StopQuery",
    "logs:UpdateLogDelivery",
    "s3:ListAllMyBuckets",
    "secretsmanager:GetRandomPassword",
    "secretsmanager:ListSecrets",
    "sts:GetCallerIdentity",
    "tag:GetResources",
    "xray:",
];

/// What a judge says of everything that a resource of IAM allows.
fn judge(case: &Case<'_, '_>, judge: impl Fn(&Statement<'_>) -> Option<String>) -> Vec<Fault> {
    let allowed = |statement: &Statement<'_>| statement.allows.then(|| judge(statement)).flatten();
    let mut faults = Vec::new();
    for path in ["PolicyDocument", "Policies.*.PolicyDocument"] {
        faults.extend(policy::judge(case, path, allowed));
    }
    faults
}

fn is_everything(statement: &Statement<'_>) -> bool {
    let all = |texts: &[std::borrow::Cow<'_, str>]| texts.iter().any(|text| text == "*" || text == "*:*");
    all(&statement.actions) && all(&statement.resources)
}

fn administrator(case: &Case<'_, '_>) -> Vec<Fault> {
    let mut faults = judge(case, |statement| {
        let everything = is_everything(statement) && !statement.is_conditional();
        everything.then(|| "the statement allows everything on everything".to_owned())
    });
    for slot in case.slots("ManagedPolicyArns.*") {
        let Some(arn) = slot.value.and_then(text) else { continue };
        if let Some(name) = ADMINISTRATORS.iter().find(|name| arn.ends_with(*name)) {
            faults.push(Fault::new(slot.place, format!("`{name}` allows everything on everything")));
        }
    }
    faults
}

fn wildcard_action(case: &Case<'_, '_>) -> Vec<Fault> {
    judge(case, |statement| {
        if statement.excepts {
            return Some("the statement allows all but some, and hence whatever AWS invents".to_owned());
        }
        if is_everything(statement) && !statement.is_conditional() {
            return None;
        }
        let wide: Vec<&str> = statement.actions.iter().filter(|action| is_wide(action)).map(AsRef::as_ref).collect();
        (!wide.is_empty()).then(|| format!("the statement allows {}, and hence whatever AWS invents", listed(wide)))
    })
}

/// `*` and `sqs:*`; `kms:GenerateDataKey*` is not.
fn is_wide(action: &str) -> bool {
    action == "*" || action.ends_with(":*")
}

fn wildcard_resource(case: &Case<'_, '_>) -> Vec<Fault> {
    judge(case, |statement| {
        if statement.is_conditional() || is_everything(statement) || !statement.resources.iter().any(|arn| arn == "*") {
            return None;
        }
        let knows_resources = |action: &&str| !WITHOUT_RESOURCES.iter().any(|start| action.starts_with(start));
        let wide: Vec<&str> = statement.actions.iter().map(AsRef::as_ref).filter(knows_resources).collect();
        (!wide.is_empty()).then(|| format!("the statement allows {} on everything", listed(wide)))
    })
}
