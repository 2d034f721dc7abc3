//! What the resources of well-known types are called.
//!
//! In the texts, `{name}` is the name that was given or generated, `{@Property}` a property, and the other words in
//! braces are those of [`super::identity::Naming`].

/// How a type names its resources.
pub(super) struct Kind {
    pub(super) type_name: &'static str,
    /// The property that gives the name.
    pub(super) name: Option<&'static str>,
    /// The greatest length of a generated name.
    pub(super) max: usize,
    /// Whether a generated name is in lower case.
    pub(super) lower: bool,
    /// What `Ref` gives.
    pub(super) reference: &'static str,
    pub(super) attributes: &'static [(&'static str, &'static str)],
}

const fn kind(
    type_name: &'static str,
    name: Option<&'static str>,
    max: usize,
    reference: &'static str,
    attributes: &'static [(&'static str, &'static str)],
) -> Kind {
    Kind { type_name, name, max, lower: false, reference, attributes }
}

const fn lower(kind: Kind) -> Kind {
    Kind { lower: true, ..kind }
}

pub(super) fn find(type_name: &str) -> Option<&'static Kind> {
    KINDS.binary_search_by_key(&type_name, |kind| kind.type_name).ok().map(|index| &KINDS[index])
}

/// Types whose names are unique in the account over all regions, or in the world.
pub(super) fn is_global(type_name: &str) -> bool {
    const GLOBAL_SERVICES: &[&str] = &["AWS::IAM::", "AWS::CloudFront::", "AWS::Route53::", "AWS::S3::Bucket|"];
    let with_end = format!("{type_name}|");
    GLOBAL_SERVICES.iter().any(|prefix| with_end.starts_with(prefix))
}

/// In alphabetical order, for the binary search.
const KINDS: &[Kind] = &[
    kind(
        "AWS::CloudWatch::Alarm",
        Some("AlarmName"),
        255,
        "{name}",
        &[("Arn", "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}")],
    ),
    kind(
        "AWS::CloudWatch::CompositeAlarm",
        Some("AlarmName"),
        255,
        "{name}",
        &[("Arn", "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}")],
    ),
    kind("AWS::CloudWatch::Dashboard", Some("DashboardName"), 255, "{name}", &[]),
    kind(
        "AWS::DynamoDB::GlobalTable",
        Some("TableName"),
        255,
        "{name}",
        &[("Arn", "arn:{partition}:dynamodb:{region}:{account}:table/{name}"), ("TableId", "{uuid}")],
    ),
    kind(
        "AWS::DynamoDB::Table",
        Some("TableName"),
        255,
        "{name}",
        &[("Arn", "arn:{partition}:dynamodb:{region}:{account}:table/{name}")],
    ),
    kind("AWS::EC2::EIP", None, 0, "{ip}", &[("AllocationId", "eipalloc-{hex17}"), ("PublicIp", "{ip}")]),
    kind("AWS::EC2::FlowLog", None, 0, "fl-{hex17}", &[("Id", "fl-{hex17}")]),
    kind("AWS::EC2::InternetGateway", None, 0, "igw-{hex17}", &[("InternetGatewayId", "igw-{hex17}")]),
    kind("AWS::EC2::NatGateway", None, 0, "nat-{hex17}", &[("NatGatewayId", "nat-{hex17}")]),
    kind("AWS::EC2::NetworkAcl", None, 0, "acl-{hex17}", &[("Id", "acl-{hex17}")]),
    kind(
        "AWS::EC2::PrefixList",
        None,
        0,
        "pl-{hex17}",
        &[("PrefixListId", "pl-{hex17}"), ("Arn", "arn:{partition}:ec2:{region}:{account}:prefix-list/pl-{hex17}")],
    ),
    kind("AWS::EC2::RouteTable", None, 0, "rtb-{hex17}", &[("RouteTableId", "rtb-{hex17}")]),
    kind(
        "AWS::EC2::SecurityGroup",
        None,
        0,
        "sg-{hex17}",
        &[("GroupId", "sg-{hex17}"), ("Id", "sg-{hex17}"), ("VpcId", "{@VpcId}")],
    ),
    kind("AWS::EC2::SecurityGroupEgress", None, 0, "sgr-{hex17}", &[("Id", "sgr-{hex17}")]),
    kind("AWS::EC2::SecurityGroupIngress", None, 0, "sgr-{hex17}", &[("Id", "sgr-{hex17}")]),
    kind(
        "AWS::EC2::Subnet",
        None,
        0,
        "subnet-{hex17}",
        &[("SubnetId", "subnet-{hex17}"), ("NetworkAclAssociationId", "aclassoc-{hex17}")],
    ),
    kind("AWS::EC2::SubnetRouteTableAssociation", None, 0, "rtbassoc-{hex17}", &[("Id", "rtbassoc-{hex17}")]),
    kind(
        "AWS::EC2::VPC",
        None,
        0,
        "vpc-{hex17}",
        &[
            ("VpcId", "vpc-{hex17}"),
            ("DefaultSecurityGroup", "sg-{hex17}"),
            ("DefaultNetworkAcl", "acl-{hex17}"),
            ("CidrBlock", "{@CidrBlock}"),
        ],
    ),
    kind("AWS::EC2::VPCEndpoint", None, 0, "vpce-{hex17}", &[("Id", "vpce-{hex17}")]),
    lower(kind("AWS::ElastiCache::ParameterGroup", None, 255, "{name}", &[("CacheParameterGroupName", "{name}")])),
    lower(kind(
        "AWS::ElastiCache::ReplicationGroup",
        Some("ReplicationGroupId"),
        40,
        "{name}",
        &[
            ("ConfigurationEndPoint.Address", "clustercfg.{name}.{hex6}.{zone}.cache.{suffix}"),
            ("ConfigurationEndPoint.Port", "{port}"),
            ("PrimaryEndPoint.Address", "master.{name}.{hex6}.{zone}.cache.{suffix}"),
            ("PrimaryEndPoint.Port", "{port}"),
            ("ReaderEndPoint.Address", "replica.{name}.{hex6}.{zone}.cache.{suffix}"),
            ("ReaderEndPoint.Port", "{port}"),
        ],
    )),
    lower(kind(
        "AWS::ElastiCache::ServerlessCache",
        Some("ServerlessCacheName"),
        40,
        "{name}",
        &[
            ("ARN", "arn:{partition}:elasticache:{region}:{account}:serverlesscache:{name}"),
            ("Endpoint.Address", "{name}-{hex6}.serverless.{zone}.cache.{suffix}"),
            ("Endpoint.Port", "6379"),
            ("ReaderEndpoint.Address", "{name}-{hex6}.serverless.{zone}.cache.{suffix}"),
            ("ReaderEndpoint.Port", "6380"),
        ],
    )),
    lower(kind("AWS::ElastiCache::SubnetGroup", Some("CacheSubnetGroupName"), 255, "{name}", &[])),
    lower(kind(
        "AWS::ElastiCache::User",
        Some("UserId"),
        40,
        "{name}",
        &[("Arn", "arn:{partition}:elasticache:{region}:{account}:user:{name}")],
    )),
    lower(kind(
        "AWS::ElastiCache::UserGroup",
        Some("UserGroupId"),
        40,
        "{name}",
        &[("Arn", "arn:{partition}:elasticache:{region}:{account}:usergroup:{name}")],
    )),
    kind(
        "AWS::Events::EventBus",
        Some("Name"),
        256,
        "{name}",
        &[("Arn", "arn:{partition}:events:{region}:{account}:event-bus/{name}")],
    ),
    kind(
        "AWS::Events::Rule",
        Some("Name"),
        64,
        "{name}",
        &[("Arn", "arn:{partition}:events:{region}:{account}:rule/{name}")],
    ),
    kind(
        "AWS::IAM::Group",
        Some("GroupName"),
        128,
        "{name}",
        &[("Arn", "arn:{partition}:iam::{account}:group/{name}")],
    ),
    kind(
        "AWS::IAM::InstanceProfile",
        Some("InstanceProfileName"),
        128,
        "{name}",
        &[("Arn", "arn:{partition}:iam::{account}:instance-profile/{name}")],
    ),
    kind(
        "AWS::IAM::ManagedPolicy",
        Some("ManagedPolicyName"),
        128,
        "arn:{partition}:iam::{account}:policy/{name}",
        &[("PolicyArn", "arn:{partition}:iam::{account}:policy/{name}"), ("PolicyId", "ANPA{capitals16}")],
    ),
    kind(
        "AWS::IAM::Role",
        Some("RoleName"),
        64,
        "{name}",
        &[("Arn", "arn:{partition}:iam::{account}:role/{name}"), ("RoleId", "AROA{capitals16}")],
    ),
    kind("AWS::IAM::User", Some("UserName"), 64, "{name}", &[("Arn", "arn:{partition}:iam::{account}:user/{name}")]),
    kind("AWS::KMS::Alias", Some("AliasName"), 256, "{name}", &[]),
    kind(
        "AWS::KMS::Key",
        None,
        0,
        "{uuid}",
        &[("Arn", "arn:{partition}:kms:{region}:{account}:key/{uuid}"), ("KeyId", "{uuid}")],
    ),
    kind(
        "AWS::KMS::ReplicaKey",
        None,
        0,
        "{uuid}",
        &[("Arn", "arn:{partition}:kms:{region}:{account}:key/{uuid}"), ("KeyId", "{uuid}")],
    ),
    kind(
        "AWS::Lambda::EventSourceMapping",
        None,
        0,
        "{uuid}",
        &[
            ("Id", "{uuid}"),
            ("EventSourceMappingArn", "arn:{partition}:lambda:{region}:{account}:event-source-mapping:{uuid}"),
        ],
    ),
    kind(
        "AWS::Lambda::Function",
        Some("FunctionName"),
        64,
        "{name}",
        &[("Arn", "arn:{partition}:lambda:{region}:{account}:function:{name}")],
    ),
    kind(
        "AWS::Lambda::Version",
        None,
        0,
        "arn:{partition}:lambda:{region}:{account}:function:{@FunctionName}:1",
        &[("Version", "1"), ("FunctionArn", "arn:{partition}:lambda:{region}:{account}:function:{@FunctionName}:1")],
    ),
    kind(
        "AWS::Logs::LogGroup",
        Some("LogGroupName"),
        512,
        "{name}",
        &[("Arn", "arn:{partition}:logs:{region}:{account}:log-group:{name}:*")],
    ),
    lower(kind(
        "AWS::OpenSearchService::Domain",
        Some("DomainName"),
        28,
        "{name}",
        &[
            ("Arn", "arn:{partition}:es:{region}:{account}:domain/{name}"),
            ("DomainArn", "arn:{partition}:es:{region}:{account}:domain/{name}"),
            ("DomainEndpoint", "vpc-{name}-{hex26}.{region}.es.{suffix}"),
            ("Id", "{account}/{name}"),
        ],
    )),
    lower(kind(
        "AWS::S3::Bucket",
        Some("BucketName"),
        63,
        "{name}",
        &[
            ("Arn", "arn:{partition}:s3:::{name}"),
            ("DomainName", "{name}.s3.{suffix}"),
            ("DualStackDomainName", "{name}.s3.dualstack.{region}.{suffix}"),
            ("RegionalDomainName", "{name}.s3.{region}.{suffix}"),
            ("WebsiteURL", "http://{name}.s3-website-{region}.{suffix}"),
        ],
    )),
    kind("AWS::SNS::Subscription", None, 0, "{@TopicArn}:{uuid}", &[("Arn", "{@TopicArn}:{uuid}")]),
    kind(
        "AWS::SNS::Topic",
        Some("TopicName"),
        256,
        "arn:{partition}:sns:{region}:{account}:{name}",
        &[("TopicArn", "arn:{partition}:sns:{region}:{account}:{name}"), ("TopicName", "{name}")],
    ),
    kind(
        "AWS::SQS::Queue",
        Some("QueueName"),
        80,
        "https://sqs.{region}.{suffix}/{account}/{name}",
        &[
            ("Arn", "arn:{partition}:sqs:{region}:{account}:{name}"),
            ("QueueName", "{name}"),
            ("QueueUrl", "https://sqs.{region}.{suffix}/{account}/{name}"),
        ],
    ),
    kind("AWS::SSM::Parameter", Some("Name"), 1011, "{name}", &[]),
    kind(
        "AWS::Scheduler::Schedule",
        Some("Name"),
        64,
        "{name}",
        &[("Arn", "arn:{partition}:scheduler:{region}:{account}:schedule/default/{name}")],
    ),
    kind(
        "AWS::SecretsManager::Secret",
        Some("Name"),
        512,
        "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{letters6}",
        &[("Id", "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{letters6}")],
    ),
    kind(
        "AWS::StepFunctions::StateMachine",
        Some("StateMachineName"),
        80,
        "arn:{partition}:states:{region}:{account}:stateMachine:{name}",
        &[("Arn", "arn:{partition}:states:{region}:{account}:stateMachine:{name}"), ("Name", "{name}")],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_for_the_binary_search() {
        assert!(KINDS.is_sorted_by_key(|kind| kind.type_name));
    }

    #[test]
    fn only_some_names_are_global() {
        assert!(is_global("AWS::IAM::Role") && is_global("AWS::S3::Bucket"));
        assert!(!is_global("AWS::S3::BucketPolicy") && !is_global("AWS::SQS::Queue"));
    }
}
