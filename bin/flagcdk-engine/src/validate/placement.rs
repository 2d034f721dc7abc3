//! What goes wrong only in the second region, and what a region does not have.

use std::collections::BTreeMap;

use flagcdk_assembly::{Finding, Placement, Region};
use serde_json::Value as Json;

use super::codes;
use super::suggest::listed;
use super::template::{AppView, Resource, StackView};
use super::walk::names_in_sub;

/// Types of which an account, or a set of regions, has one, so that one stack must own it; and why.
///
/// `AWS::Route53::HostedZone` is not here: a private zone may well exist once in each region, see [`check_hosted_zone`].
const ONCE_ONLY: [(&str, &str); 15] = [
    ("AWS::DynamoDB::GlobalTable", "one stack owns the table and all of its replicas"),
    ("AWS::DocDB::GlobalCluster", "one stack owns the cluster that spans regions"),
    ("AWS::ElastiCache::GlobalReplicationGroup", "one stack owns the group that spans regions"),
    ("AWS::GlobalAccelerator::Accelerator", "an accelerator serves all regions"),
    ("AWS::IAM::ServiceLinkedRole", "IAM is global, and an account has one role for each service"),
    ("AWS::Neptune::GlobalCluster", "one stack owns the cluster that spans regions"),
    ("AWS::NetworkManager::GlobalNetwork", "a global network spans all regions"),
    ("AWS::Organizations::Account", "an organization is global"),
    ("AWS::Organizations::Organization", "an organization is global"),
    ("AWS::Organizations::OrganizationalUnit", "an organization is global"),
    ("AWS::Organizations::Policy", "an organization is global"),
    ("AWS::RDS::GlobalCluster", "one stack owns the cluster that spans regions"),
    ("AWS::S3::MultiRegionAccessPoint", "one access point spans buckets of all regions"),
    ("AWS::Shield::DRTAccess", "the setting is the account's"),
    ("AWS::Shield::ProactiveEngagement", "the setting is the account's"),
];

/// Properties that are a name in all regions of the account, or of the world.
const GLOBAL_NAMES: [(&str, &str, &str); 16] = [
    ("AWS::Budgets::Budget", "Budget.BudgetName", "the account"),
    ("AWS::CloudFront::CachePolicy", "CachePolicyConfig.Name", "the account"),
    ("AWS::CloudFront::Function", "Name", "the account"),
    ("AWS::CloudFront::KeyGroup", "KeyGroupConfig.Name", "the account"),
    ("AWS::CloudFront::OriginAccessControl", "OriginAccessControlConfig.Name", "the account"),
    ("AWS::CloudFront::OriginRequestPolicy", "OriginRequestPolicyConfig.Name", "the account"),
    ("AWS::CloudFront::ResponseHeadersPolicy", "ResponseHeadersPolicyConfig.Name", "the account"),
    ("AWS::IAM::Group", "GroupName", "the account"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName", "the account"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName", "the account"),
    ("AWS::IAM::OIDCProvider", "Url", "the account"),
    ("AWS::IAM::Role", "RoleName", "the account"),
    ("AWS::IAM::SAMLProvider", "Name", "the account"),
    ("AWS::IAM::ServerCertificate", "ServerCertificateName", "the account"),
    ("AWS::IAM::User", "UserName", "the account"),
    ("AWS::S3::Bucket", "BucketName", "the world"),
];

/// Checks where the resources of one stack go.
pub(super) fn check(app: &AppView<'_>, stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    if stack.entry.placement == Placement::EveryRegion {
        check_every_region(stack, findings);
    } else if stack.has_macros {
        findings.push(Finding::warning(
            codes::UNCHECKED_MACRO,
            stack.at("Transform"),
            "the template has a macro or a loop, so that its references and properties are not checked",
            "compute in the app what the macro does",
        ));
    }
    check_availability(stack, findings);
    for resource in stack.resources.values().filter(|resource| resource.kind == "AWS::DynamoDB::GlobalTable") {
        check_replicas(app, resource, findings);
    }
}

/// A macro in a template of a StackSet.
pub(super) fn macro_in_stack_set(place: String, findings: &mut Vec<Finding>) {
    findings.push(Finding::error(
        codes::NESTED_STACK,
        place,
        "the stack is in every region, and StackSets take no macros",
        "compute in the app what the macro does, or place the stack in the home region",
    ));
}

fn check_every_region(stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    if stack.has_macros || stack.has_extensions {
        macro_in_stack_set(stack.at("Transform"), findings);
    }
    // In an app of one region, nothing is made twice.
    if stack.regions.len() < 2 {
        return;
    }
    for resource in stack.resources.values() {
        let kind = resource.kind;
        if kind == "AWS::CloudFormation::Stack" {
            findings.push(Finding::error(
                codes::NESTED_STACK,
                resource.at("Type"),
                "the stack is in every region, and StackSets take no nested stacks",
                "make the nested stack a stack of the app, placed in every region",
            ));
        }
        if let Some((_, why)) = ONCE_ONLY.iter().find(|(once, _)| *once == kind) {
            findings.push(Finding::error(
                codes::ONCE_ONLY,
                resource.at("Type"),
                format!("`{kind}` is in a stack of every region, and {why}"),
                "move it to a stack with `Placement::Home`, and wire to this one what it needs",
            ));
        }
        for (_, property, owner) in GLOBAL_NAMES.iter().filter(|(named, ..)| *named == kind) {
            check_global_name(resource, property, owner, findings);
        }
        match kind {
            "AWS::Route53::HostedZone" => check_hosted_zone(resource, findings),
            "AWS::Route53::RecordSet" => check_record_set(resource, findings),
            "AWS::SecretsManager::Secret" => check_replicated_secret(resource, findings),
            _ => {}
        }
    }
}

fn check_global_name(resource: &Resource<'_>, property: &str, owner: &str, findings: &mut Vec<Finding>) {
    let value = property.split('.').try_fold(resource.properties, |value, part| value.get(part));
    if let Some(name) = value.filter(|name| !varies(name)) {
        findings.push(Finding::error(
            codes::FIXED_NAME,
            resource.at(property),
            format!(
                "the name{} is the same in every region, and has to be unique in {owner}",
                name.as_str().map_or(String::new(), |name| format!(" `{name}`"))
            ),
            "put `${AWS::Region}` into the name by `Fn::Sub`, or leave it out and let CloudFormation choose one",
        ));
    }
}

/// Zones of one public name are no collision for Route 53, but all except one answer nobody.
fn check_hosted_zone(resource: &Resource<'_>, findings: &mut Vec<Finding>) {
    if resource.property("VPCs").is_none() && resource.property("Name").is_some_and(|name| !varies(name)) {
        findings.push(Finding::error(
            codes::ONCE_ONLY,
            resource.at("Name"),
            "every region would make a public zone of this name, and the world asks one of them",
            "move the zone to a stack with `Placement::Home`, or set `VPCs` for a private zone in each region",
        ));
    }
}

fn check_record_set(resource: &Resource<'_>, findings: &mut Vec<Finding>) {
    let differs = ["Name", "SetIdentifier", "HostedZoneId", "HostedZoneName"]
        .iter()
        .any(|property| resource.property(property).is_some_and(varies));
    if !differs {
        findings.push(Finding::error(
            codes::FIXED_NAME,
            resource.at("Name"),
            "every region would make the same record",
            "put `${AWS::Region}` into the name, or set `SetIdentifier` and `Region` for a record by latency",
        ));
    }
}

/// The replica that one region makes has the name of the secret that another region makes.
fn check_replicated_secret(resource: &Resource<'_>, findings: &mut Vec<Finding>) {
    if resource.property("ReplicaRegions").is_some() && resource.property("Name").is_some_and(|name| !varies(name)) {
        findings.push(Finding::error(
            codes::ONCE_ONLY,
            resource.at("ReplicaRegions"),
            "every region makes this secret and would replicate it to others under the same name",
            "move the secret to a stack with `Placement::Home`, or leave `ReplicaRegions` out",
        ));
    }
}

/// Whether a value can differ from region to region: it names the region, the stack or something of the stack.
fn varies(value: &Json) -> bool {
    let named = |name: &str| !["AWS::AccountId", "AWS::Partition", "AWS::URLSuffix"].contains(&name);
    match value {
        Json::Array(items) => items.iter().any(varies),
        Json::Object(entries) => entries.iter().any(|(key, inner)| match (key.as_str(), inner) {
            // A parameter has one value in all regions of a StackSet.
            ("Ref", Json::String(name)) => name.starts_with("AWS::") && named(name),
            ("Fn::Sub", Json::String(text)) => {
                names_in_sub(text).any(|name| name.starts_with("AWS::") && named(name) || name.contains('.'))
            }
            ("Fn::Sub", Json::Array(parts)) => {
                let text = parts.first().and_then(Json::as_str).unwrap_or_default();
                names_in_sub(text).any(|name| name.starts_with("AWS::") && named(name))
                    || parts.iter().skip(1).any(varies)
            }
            ("Fn::GetAtt" | "Fn::ImportValue" | "Fn::GetAZs" | "Fn::GetStackOutput" | "Fn::Transform", _) => true,
            _ => varies(inner),
        }),
        _ => false,
    }
}

fn check_availability(stack: &StackView<'_>, findings: &mut Vec<Finding>) {
    let mut by_kind: BTreeMap<&str, Vec<&Resource<'_>>> = BTreeMap::new();
    for resource in stack.resources.values() {
        by_kind.entry(resource.kind).or_default().push(resource);
    }
    for (kind, resources) in by_kind {
        if super::schemas::of(kind).is_none() {
            continue;
        }
        let missing: Vec<Region> =
            stack.regions.iter().copied().filter(|region| !flagcdk_schemas::exists_in(kind, region.as_str())).collect();
        if missing.is_empty() {
            continue;
        }
        let regions = listed(missing.iter().map(|region| region.as_str()));
        for resource in resources {
            findings.push(Finding::error(
                codes::NOT_IN_REGION,
                resource.at("Type"),
                format!("`{kind}` does not exist in {regions}"),
                "leave the region out of the app, or make the resource in a stack with `Placement::Home`",
            ));
        }
    }
}

/// The region of the stack that makes a global table must be one of the table's.
fn check_replicas(app: &AppView<'_>, resource: &Resource<'_>, findings: &mut Vec<Finding>) {
    let Some(Json::Array(replicas)) = resource.property("Replicas") else { return };
    let mut seen: Vec<&str> = Vec::new();
    let mut is_known = true;
    let mut has_home = false;
    for (index, replica) in replicas.iter().enumerate() {
        match replica.get("Region") {
            Some(Json::String(region)) => {
                let place = || resource.at(&format!("Replicas.{index}.Region"));
                if region.parse::<Region>().is_err() {
                    let known = Region::ALL.iter().map(|region| region.as_str());
                    let help = super::suggest::did_you_mean(region, known, "name a region of AWS");
                    let message = format!("unknown region `{}`", region.escape_debug());
                    findings.push(Finding::error(codes::BAD_VALUE, place(), message, help));
                }
                if seen.contains(&region.as_str()) {
                    let message = format!("the region `{region}` has a replica already");
                    findings.push(Finding::error(codes::BAD_VALUE, place(), message, "list each region once"));
                }
                seen.push(region);
                has_home |= region == app.manifest.home_region.as_str();
            }
            Some(Json::Object(function)) if function.get("Ref").is_some_and(|name| name == "AWS::Region") => {
                has_home = true
            }
            _ => is_known = false,
        }
    }
    if is_known && !has_home {
        findings.push(Finding::error(
            codes::HOME_NOT_REPLICA,
            resource.at("Replicas"),
            format!("the home region `{}` is not among the replicas {}", app.manifest.home_region, listed(seen)),
            format!("add a replica in `{}`, or choose another home region", app.manifest.home_region),
        ));
    }
}
