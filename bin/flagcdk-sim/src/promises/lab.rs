//! A cloud without a door: questions are put to it directly.

use serde_json::{Value, json};

use crate::clock::{Clock, ManualClock, Pace};
use crate::cloud::Cloud;
use crate::cloudformation::{self, Call};
use crate::protocol::ServiceError;
use crate::protocol::query::Fields;
use crate::s3::{self, S3Request};
use crate::store::Store;

pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const HOME: &str = "us-east-1";

/// The first one is where things go wrong.
pub(super) const TWELVE: [&str; 12] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "sa-east-1",
    "us-east-1",
    "us-west-2",
];

pub(super) struct Lab {
    pub(super) cloud: Cloud,
    asked: u32,
    clock: Option<ManualClock>,
}

impl Lab {
    /// A cloud in which work is done when the next question is put.
    pub(super) fn new() -> Self {
        Self {
            cloud: Cloud::new(ACCOUNT.into(), Pace::Instant, Clock::System, Store::in_memory()),
            asked: 0,
            clock: None,
        }
    }

    /// A cloud whose time stands still until it is moved.
    pub(super) fn with_clock(clock: &ManualClock) -> Self {
        let pace = Pace::Fixed(std::time::Duration::from_secs(80));
        let manual = Clock::Manual(clock.clone());
        Self {
            cloud: Cloud::new(ACCOUNT.into(), pace, manual, Store::in_memory()),
            asked: 0,
            clock: Some(clock.clone()),
        }
    }

    /// The clock that moves this cloud.
    pub(super) fn moved_by(self, clock: &ManualClock) -> Self {
        Self { clock: Some(clock.clone()), ..self }
    }

    /// A cloud that is kept in a directory.
    pub(super) fn kept_in(directory: &std::path::Path, clock: Clock, pace: Pace) -> Self {
        let store = Store::open(directory, ACCOUNT).unwrap();
        Self { cloud: Cloud::new(ACCOUNT.into(), pace, clock, store), asked: 0, clock: None }
    }

    pub(super) fn try_in(
        &mut self,
        region: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<String, ServiceError> {
        self.asked += 1;
        let form: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let fields = Fields::parse(&form.join("&"));
        let now = self.cloud.advance();
        let request_id = format!("request-{}", self.asked);
        let call = Call { region, fields: &fields, now, request_id: &request_id };
        let answer = cloudformation::answer(&mut self.cloud, action, call);
        self.cloud.commit().unwrap();
        answer
    }

    pub(super) fn ask_in(&mut self, region: &str, action: &str, fields: &[(&str, &str)]) -> String {
        self.try_in(region, action, fields).unwrap_or_else(|error| panic!("{action}: {error:?}"))
    }

    pub(super) fn ask(&mut self, action: &str, fields: &[(&str, &str)]) -> String {
        self.ask_in(HOME, action, fields)
    }

    /// The code of the error that the question is answered with.
    pub(super) fn refused(&mut self, action: &str, fields: &[(&str, &str)]) -> ServiceError {
        match self.try_in(HOME, action, fields) {
            Err(error) => error,
            Ok(answer) => panic!("{action} was not refused: {answer}"),
        }
    }

    /// Creates a stack and gives its description when it is done.
    pub(super) fn stack(&mut self, region: &str, name: &str, template: &Value) -> String {
        let body = template.to_string();
        self.ask_in(
            region,
            "CreateStack",
            &[("StackName", name), ("TemplateBody", &body), ("Capabilities.member.1", "CAPABILITY_NAMED_IAM")],
        );
        if let Some(clock) = &self.clock {
            clock.advance(std::time::Duration::from_secs(80));
        }
        self.ask_in(region, "DescribeStacks", &[("StackName", name)])
    }

    /// Updates a stack and gives its description when it is done.
    pub(super) fn update(&mut self, region: &str, name: &str, template: &Value) -> String {
        let body = template.to_string();
        self.ask_in(
            region,
            "UpdateStack",
            &[("StackName", name), ("TemplateBody", &body), ("Capabilities.member.1", "CAPABILITY_NAMED_IAM")],
        );
        self.ask_in(region, "DescribeStacks", &[("StackName", name)])
    }

    /// Puts an object into a bucket, wherever that is.
    pub(super) fn put_object(&mut self, bucket: &str, key: &str, body: &[u8]) {
        let region = self.cloud.store.buckets.get(bucket).unwrap().region.clone();
        let now = self.cloud.advance();
        let request = S3Request {
            method: "PUT",
            path: &format!("/{bucket}/{key}"),
            query: &Fields::default(),
            headers: &Default::default(),
            body: bytes::Bytes::copy_from_slice(body),
            region: &region,
            now,
        };
        s3::answer(&mut self.cloud, &request).unwrap();
    }

    /// Makes the roles that self-managed stack sets need.
    pub(super) fn with_roles(mut self) -> Self {
        let trust = |principal: Value| {
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal
            }]})
        };
        let template = json!({"Resources": {
            "Administration": {"Type": "AWS::IAM::Role", "Properties": {
                "RoleName": "AWSCloudFormationStackSetAdministrationRole",
                "AssumeRolePolicyDocument": trust(json!({"Service": "cloudformation.amazonaws.com"})),
                "Policies": [{"PolicyName": "Assume", "PolicyDocument": {"Statement": [{
                    "Effect": "Allow", "Action": "sts:AssumeRole",
                    "Resource": "arn:*:iam::*:role/AWSCloudFormationStackSetExecutionRole"
                }]}}],
            }},
            "Execution": {"Type": "AWS::IAM::Role", "Properties": {
                "RoleName": "AWSCloudFormationStackSetExecutionRole",
                "AssumeRolePolicyDocument": trust(json!({"AWS": {"Fn::GetAtt": ["Administration", "Arn"]}})),
            }},
        }});
        let described = self.stack(HOME, "Roles", &template);
        assert_eq!(tag(&described, "StackStatus"), "CREATE_COMPLETE", "{described}");
        self
    }

    /// Creates a stack set with one queue.
    pub(super) fn stack_set(&mut self, name: &str) {
        let body = queue("one").to_string();
        self.ask("CreateStackSet", &[("StackSetName", name), ("TemplateBody", &body)]);
    }

    /// Asks for instances in these regions, under this id.
    pub(super) fn instances(
        &mut self,
        action: &str,
        set: &str,
        id: &str,
        regions: &[&str],
        more: &[(&str, &str)],
    ) -> Result<String, ServiceError> {
        let names: Vec<String> = (1..=regions.len()).map(|index| format!("Regions.member.{index}")).collect();
        let mut fields = vec![("StackSetName", set), ("Accounts.member.1", ACCOUNT), ("OperationId", id)];
        fields.extend(names.iter().map(String::as_str).zip(regions.iter().copied()));
        fields.extend_from_slice(more);
        self.try_in(HOME, action, &fields)
    }

    /// Gives a stack set another template, under this id.
    pub(super) fn update_set(
        &mut self,
        set: &str,
        id: &str,
        template: &Value,
        more: &[(&str, &str)],
    ) -> Result<String, ServiceError> {
        let body = template.to_string();
        let mut fields = vec![("StackSetName", set), ("TemplateBody", body.as_str()), ("OperationId", id)];
        fields.extend_from_slice(more);
        self.try_in(HOME, "UpdateStackSet", &fields)
    }

    /// The status of an operation, and those of its results as `region status`.
    pub(super) fn operation(&mut self, set: &str, id: &str) -> (String, Vec<String>) {
        let fields = [("StackSetName", set), ("OperationId", id)];
        let described = self.ask("DescribeStackSetOperation", &fields);
        let results = self.ask("ListStackSetOperationResults", &fields);
        let lines = members(&results)
            .iter()
            .map(|member| format!("{} {}", tag(member, "Region"), tag(member, "Status")))
            .collect();
        (tag(&described, "Status"), lines)
    }

    /// `region status detailed` of every instance.
    pub(super) fn instance_states(&mut self, set: &str) -> Vec<String> {
        let listed = self.ask("ListStackInstances", &[("StackSetName", set)]);
        members(&listed)
            .iter()
            .map(|member| {
                let detailed = tag(member, "DetailedStatus");
                format!("{} {} {detailed}", tag(member, "Region"), tag(member, "Status"))
            })
            .collect()
    }
}

/// A template with one queue, which has a tag of this value.
pub(super) fn queue(tag: &str) -> Value {
    json!({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {
        "Tags": [{"Key": "tag", "Value": tag}]
    }}}})
}

/// The text of the first element of this name.
pub(super) fn tag(xml: &str, name: &str) -> String {
    xml.split_once(&format!("<{name}>"))
        .and_then(|(_, rest)| rest.split_once(&format!("</{name}>")))
        .map(|(text, _)| text.to_owned())
        .unwrap_or_default()
}

/// The members of the outermost list.
pub(super) fn members(xml: &str) -> Vec<String> {
    let mut members = Vec::new();
    let (mut depth, mut start) = (0, 0);
    let mut at = 0;
    while let Some(next) = xml[at..].find("member>") {
        let here = at + next;
        if xml[..here].ends_with("</") {
            depth -= 1;
            if depth == 0 {
                members.push(xml[start..here - 2].to_owned());
            }
        } else {
            if depth == 0 {
                start = here + "member>".len();
            }
            depth += 1;
        }
        at = here + "member>".len();
    }
    members
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
