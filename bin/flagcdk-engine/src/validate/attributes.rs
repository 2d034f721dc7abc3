//! What `Fn::GetAtt` can read of a resource.

use flagcdk_assembly::Finding;

use super::suggest::{did_you_mean, listed};
use super::template::Resource;
use super::{codes, schemas};

/// Properties that AWS documents as attributes although a template sets them, which schemas do not say.
const DOCUMENTED: [(&str, &[&str]); 10] = [
    ("AWS::AutoScaling::AutoScalingGroup", &["AutoScalingGroupName"]),
    ("AWS::EC2::Instance", &["AvailabilityZone"]),
    ("AWS::EC2::SecurityGroup", &["GroupName", "VpcId"]),
    ("AWS::EC2::Subnet", &["AvailabilityZone", "CidrBlock", "OutpostArn", "VpcId"]),
    ("AWS::EC2::VPC", &["CidrBlock"]),
    ("AWS::Events::EventBus", &["Name"]),
    ("AWS::RDS::DBInstance", &["DBInstanceIdentifier"]),
    ("AWS::SNS::Topic", &["TopicName"]),
    ("AWS::SQS::Queue", &["QueueName"]),
    ("AWS::SSM::Parameter", &["Type", "Value"]),
];

/// Checks that a type has an attribute. `place` is where it is read.
pub(super) fn check(of: &Resource<'_>, attribute: &str, place: impl Fn() -> String, findings: &mut Vec<Finding>) {
    let kind = of.kind;
    if kind == "AWS::CloudFormation::CustomResource" || !kind.starts_with("AWS::") || kind.ends_with("::MODULE") {
        return;
    }
    if ["AWS::CloudFormation::Stack", "AWS::ServiceCatalog::CloudFormationProvisionedProduct"].contains(&kind)
        && attribute.strip_prefix("Outputs.").is_some_and(|output| !output.is_empty())
    {
        return;
    }
    let Some(schema) = schemas::of(kind) else { return };
    let readable =
        |known: &str| attribute == known || attribute.strip_prefix(known).is_some_and(|rest| rest.starts_with('.'));
    if schema.attributes.iter().any(|known| readable(known)) {
        return;
    }
    if DOCUMENTED.iter().any(|(name, documented)| *name == kind && documented.contains(&attribute)) {
        return;
    }
    let shown = attribute.escape_debug();
    let known = schema.attributes.iter().map(String::as_str);
    let first = attribute.split('.').next().unwrap_or_default();
    let finding = if schema.property_names().any(|name| name == first) {
        // CloudFormation reads back the properties of some types, and no data says of which.
        Finding::warning(
            codes::UNKNOWN_ATTRIBUTE,
            place(),
            format!("`{shown}` is a property of `{kind}` that templates set, and CloudFormation may refuse to read it"),
            "use the value that the property is set to",
        )
    } else {
        Finding::error(
            codes::UNKNOWN_ATTRIBUTE,
            place(),
            format!("`{kind}` has no attribute `{shown}`, wanted one of {}", listed(known.clone())),
            did_you_mean(attribute, known, format!("see the return values of `{kind}` in the template reference")),
        )
    };
    findings.push(finding);
}
