//! What resources are for each other, over all stacks of the app.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::policy;
use super::values::{self, branches, each, function, text};
use crate::validate::exports;
use crate::validate::template::{AppView, Resource};

/// A resource: the place of its stack in the app, and its logical id.
pub(super) type Place<'a> = (usize, &'a str);

/// How many outputs and imports a value is followed through.
const MAX_HOPS: usize = 8;

/// Where queues for what could not be handled are named.
const DEAD_LETTERS: [(&str, &str); 7] = [
    ("AWS::Events::Rule", "Targets.*.DeadLetterConfig.Arn"),
    ("AWS::Lambda::EventInvokeConfig", "DestinationConfig.OnFailure.Destination"),
    ("AWS::Lambda::EventSourceMapping", "DestinationConfig.OnFailure.Destination"),
    ("AWS::Lambda::Function", "DeadLetterConfig.TargetArn"),
    ("AWS::SNS::Subscription", "RedrivePolicy.deadLetterTargetArn"),
    ("AWS::SQS::Queue", "RedrivePolicy.deadLetterTargetArn"),
    ("AWS::Scheduler::Schedule", "Target.DeadLetterConfig.Arn"),
];

/// The policies of resources, and where they say whose they are.
const POLICIES: [(&str, &str); 4] = [
    ("AWS::S3::BucketPolicy", "Bucket"),
    ("AWS::SNS::TopicInlinePolicy", "TopicArn"),
    ("AWS::SNS::TopicPolicy", "Topics"),
    ("AWS::SQS::QueuePolicy", "Queues"),
];

/// Log groups that are evidence: who does what, and what happened when something went wrong.
const EVIDENCE: [(&str, &str); 3] = [
    ("AWS::CloudTrail::Trail", "CloudWatchLogsLogGroupArn"),
    ("AWS::EC2::FlowLog", "LogGroupName"),
    ("AWS::OpenSearchService::Domain", "LogPublishingOptions.AUDIT_LOGS.CloudWatchLogsLogGroupArn"),
];

/// What resources are for each other.
#[derive(Default)]
pub(super) struct Links<'a> {
    /// The values of exports by their names.
    exports: BTreeMap<&'a str, (usize, &'a Json)>,
    /// Queues for what could not be handled.
    pub(super) dead_letters: BTreeSet<Place<'a>>,
    /// Queues, topics and buckets whose policy denies everything but TLS.
    pub(super) only_tls: BTreeSet<Place<'a>>,
    /// Networks with flow logs.
    pub(super) recorded: BTreeSet<Place<'a>>,
    /// Log groups that are evidence.
    pub(super) evidence: BTreeSet<Place<'a>>,
    /// Secrets that are rotated.
    pub(super) rotated: BTreeSet<Place<'a>>,
    /// Functions whose failures are sent somewhere.
    pub(super) failures_kept: BTreeSet<Place<'a>>,
    /// The protocols by which topics deliver.
    pub(super) protocols: BTreeMap<Place<'a>, BTreeSet<&'a str>>,
    /// The functions that run as a role.
    pub(super) runs_as: BTreeMap<Place<'a>, BTreeSet<Place<'a>>>,
    /// Networks.
    pub(super) networks: BTreeMap<Place<'a>, Network>,
}

/// What is in a network.
#[derive(Default)]
pub(super) struct Network {
    pub(super) has_functions: bool,
    pub(super) has_way_out: bool,
    /// The last parts of the names of the services that have an endpoint, such as `sqs`.
    pub(super) endpoints: BTreeSet<String>,
}

impl<'a> Links<'a> {
    pub(super) fn new(app: &AppView<'a>) -> Self {
        let mut links = Self::default();
        for (position, stack) in app.stacks.iter().enumerate() {
            for output in stack.outputs.values() {
                let name = output.get("Export").and_then(|export| export.get("Name")).and_then(exports::literal);
                if let (Some(name), Some(value)) = (name, output.get("Value")) {
                    links.exports.insert(name, (position, value));
                }
            }
        }
        for (position, stack) in app.stacks.iter().enumerate() {
            for resource in stack.resources.values() {
                links.add(app, position, resource);
            }
        }
        links
    }

    fn add(&mut self, app: &AppView<'a>, position: usize, resource: &Resource<'a>) {
        let own = (position, resource.id);
        let targets = |links: &Self, path: &str| links.targets(app, position, resource.properties, path);
        for (_, path) in DEAD_LETTERS.iter().filter(|(kind, _)| *kind == resource.kind) {
            let found = targets(self, path);
            self.dead_letters.extend(found);
        }
        for (_, path) in EVIDENCE.iter().filter(|(kind, _)| *kind == resource.kind) {
            let found = targets(self, path);
            self.evidence.extend(found);
        }
        for (_, path) in POLICIES.iter().filter(|(kind, _)| *kind == resource.kind) {
            let document = resource.property("PolicyDocument");
            if document.is_none_or(policy::denies_all_but_tls) {
                let found = targets(self, path);
                self.only_tls.extend(found);
            }
        }
        match resource.kind {
            "AWS::EC2::FlowLog" => self.recorded.extend(targets(self, "ResourceId")),
            "AWS::EC2::NatGateway" | "AWS::EC2::VPCGatewayAttachment" => {
                // Which network it belongs to is said in routes; whoever has one here has thought of the way out.
                for (id, _) in app.stacks[position].resources.iter().filter(|(_, other)| other.kind == "AWS::EC2::VPC")
                {
                    self.networks.entry((position, id)).or_default().has_way_out = true;
                }
            }
            "AWS::EC2::VPCEndpoint" => {
                let service = resource.property("ServiceName").and_then(text);
                for vpc in targets(self, "VpcId") {
                    let network = self.networks.entry(vpc).or_default();
                    // Its name is not known: it may be any.
                    network.has_way_out |= service.is_none();
                    network.endpoints.extend(service.iter().map(|name| last_part(name).to_owned()));
                }
            }
            "AWS::Lambda::EventInvokeConfig"
                if resource.properties.pointer("/DestinationConfig/OnFailure").is_some() =>
            {
                self.failures_kept.extend(targets(self, "FunctionName"));
            }
            "AWS::Lambda::Function" => {
                for role in targets(self, "Role") {
                    self.runs_as.entry(role).or_default().insert(own);
                }
                for (stack, subnet) in targets(self, "VpcConfig.SubnetIds.*") {
                    let Some(subnet) = app.stacks[stack].resources.get(subnet) else { continue };
                    for vpc in self.targets(app, stack, subnet.properties, "VpcId") {
                        self.networks.entry(vpc).or_default().has_functions = true;
                    }
                }
            }
            "AWS::SNS::Subscription" => {
                if let Some(Json::String(protocol)) = resource.property("Protocol") {
                    for topic in targets(self, "TopicArn") {
                        self.protocols.entry(topic).or_default().insert(protocol);
                    }
                }
            }
            "AWS::SecretsManager::RotationSchedule" => self.rotated.extend(targets(self, "SecretId")),
            _ => {}
        }
    }

    /// The resources of the app that the values at a path lead to.
    fn targets(&self, app: &AppView<'a>, position: usize, properties: &'a Json, path: &str) -> Vec<Place<'a>> {
        let mut found = Vec::new();
        for slot in values::slots(properties, path) {
            let mut values = Vec::new();
            slot.value.into_iter().flat_map(each).for_each(|value| branches(value, &mut values));
            found.extend(values.into_iter().filter_map(|value| self.target(app, position, value, MAX_HOPS)));
        }
        found
    }

    /// The resource of the app that a value leads to.
    fn target(&self, app: &AppView<'a>, position: usize, value: &'a Json, hops: usize) -> Option<Place<'a>> {
        let stack = &app.stacks[position];
        let resource = |id: &str| stack.resources.get_key_value(id).map(|(id, _)| (position, *id));
        match function(value)? {
            _ if hops == 0 => None,
            ("Ref", Json::String(name)) => resource(name).or_else(|| {
                let wire = stack.entry.wires.iter().find(|wire| wire.parameter == *name)?;
                let from = app.stacks.iter().position(|stack| stack.entry.id == wire.stack)?;
                let value = app.stacks[from].outputs.get(&wire.output)?.get("Value")?;
                self.target(app, from, value, hops - 1)
            }),
            ("Fn::GetAtt", Json::String(name)) => resource(name.split('.').next()?),
            ("Fn::GetAtt", Json::Array(names)) => resource(names.first()?.as_str()?),
            ("Fn::ImportValue", name) => {
                let (from, value) = self.exports.get(exports::literal(name)?)?;
                self.target(app, *from, value, hops - 1)
            }
            _ => None,
        }
    }
}

/// `sqs` of `com.amazonaws.${AWS::Region}.sqs`.
fn last_part(service: &str) -> &str {
    service.splitn(4, '.').last().unwrap_or(service)
}
