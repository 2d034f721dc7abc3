//! Stack sets: one test for each promise that StackSets makes.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::lab::{ACCOUNT, HOME, Lab, TWELVE, members, queue, tag};
use crate::clock::ManualClock;
use crate::faults::{FaultPlan, Faults};

const TOLERANT: &[(&str, &str)] = &[
    ("OperationPreferences.RegionConcurrencyType", "PARALLEL"),
    ("OperationPreferences.MaxConcurrentCount", "1"),
    ("OperationPreferences.FailureToleranceCount", "1"),
];

fn fail(lab: &mut Lab, plan: FaultPlan) {
    lab.cloud.region_failures = Faults::new(plan).region_failures();
}

#[test]
fn instances_are_created_updated_and_deleted_in_every_region() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    let regions = ["eu-west-1", "us-east-1", "sa-east-1"];
    lab.instances("CreateStackInstances", "Set", "op-1", &regions, &[]).unwrap();
    let (status, results) = lab.operation("Set", "op-1");
    assert_eq!(status, "SUCCEEDED");
    assert_eq!(results, ["eu-west-1 SUCCEEDED", "us-east-1 SUCCEEDED", "sa-east-1 SUCCEEDED"]);
    assert_eq!(
        lab.instance_states("Set"),
        ["eu-west-1 CURRENT SUCCEEDED", "sa-east-1 CURRENT SUCCEEDED", "us-east-1 CURRENT SUCCEEDED"]
    );
    let described = lab.ask_in("sa-east-1", "DescribeStacks", &[]);
    assert!(tag(&described, "StackName").starts_with("StackSet-Set-"), "{described}");
    lab.update_set("Set", "op-2", &queue("two"), &[]).unwrap();
    let (status, results) = lab.operation("Set", "op-2");
    assert_eq!((status.as_str(), results.len()), ("SUCCEEDED", 3));
    lab.instances("DeleteStackInstances", "Set", "op-3", &regions, &[("RetainStacks", "false")]).unwrap();
    assert_eq!(lab.instance_states("Set"), Vec::<String>::new());
    lab.ask("DeleteStackSet", &[("StackSetName", "Set")]);
    let error = lab.refused("DescribeStackSet", &[("StackSetName", "Set")]);
    assert_eq!(error.code, "StackSetNotFoundException");
}

#[test]
fn one_operation_at_a_time() {
    let clock = ManualClock::new();
    let mut lab = Lab::with_clock(&clock).with_roles();
    lab.stack_set("Set");
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap();
    let error = lab.instances("CreateStackInstances", "Set", "op-2", &["eu-west-2"], &[]).unwrap_err();
    assert_eq!((error.status, error.code.as_str()), (409, "OperationInProgressException"));
    let error = lab.update_set("Set", "op-2", &queue("two"), &[]).unwrap_err();
    assert_eq!(error.code, "OperationInProgressException");
    let error = lab.refused("DeleteStackSet", &[("StackSetName", "Set")]);
    assert_eq!(error.code, "OperationInProgressException");
    clock.advance(Duration::from_secs(80));
    lab.instances("CreateStackInstances", "Set", "op-2", &["eu-west-2"], &[]).unwrap();
}

#[test]
fn stale() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap();
    lab.instances("CreateStackInstances", "Set", "op-2", &["eu-west-2"], &[]).unwrap();
    let error = lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap_err();
    assert_eq!((error.status, error.code.as_str()), (409, "StaleRequestException"));
}

#[test]
fn idempotency() {
    let clock = ManualClock::new();
    let mut lab = Lab::with_clock(&clock).with_roles();
    lab.stack_set("Set");
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap();
    // While it runs and after it ended, the id stands for the operation that it began.
    for _ in 0..2 {
        let error = lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap_err();
        assert_eq!((error.status, error.code.as_str()), (409, "OperationIdAlreadyExistsException"));
        clock.advance(Duration::from_secs(80));
    }
    let listed = lab.ask("ListStackSetOperations", &[("StackSetName", "Set")]);
    assert_eq!(members(&listed).len(), 1);
    for id in ["-op", "op_1", "", &"x".repeat(129)] {
        let error = lab.instances("CreateStackInstances", "Set", id, &["eu-west-1"], &[]).unwrap_err();
        assert_eq!(error.code, "ValidationError", "{id}");
    }
}

#[test]
fn create_stack_set_token() {
    let mut lab = Lab::new().with_roles();
    let (one, two) = (queue("one").to_string(), queue("two").to_string());
    let create = |token, body| [("StackSetName", "Set"), ("TemplateBody", body), ("ClientRequestToken", token)];
    let first = lab.ask("CreateStackSet", &create("token", &one));
    let again = lab.ask("CreateStackSet", &create("token", &one));
    assert_eq!(tag(&first, "StackSetId"), tag(&again, "StackSetId"));
    let error = lab.refused("CreateStackSet", &create("other", &one));
    assert_eq!((error.status, error.code.as_str()), (409, "NameAlreadyExistsException"));
    let error = lab.refused("CreateStackSet", &create("token", &two));
    assert_eq!((error.status, error.code.as_str()), (409, "CreatedButModifiedException"));
    lab.update_set("Set", "op-1", &queue("two"), &[]).unwrap();
    let error = lab.refused("CreateStackSet", &create("token", &one));
    assert_eq!(error.code, "CreatedButModifiedException");
}

#[test]
fn managed_execution() {
    let clock = ManualClock::new();
    let mut lab = Lab::with_clock(&clock).with_roles();
    let body = queue("one").to_string();
    lab.ask("CreateStackSet", &[("StackSetName", "Set"), ("TemplateBody", &body), ("ManagedExecution.Active", "true")]);
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap();
    lab.instances("CreateStackInstances", "Set", "op-2", &["eu-west-2"], &[]).unwrap();
    assert_eq!(lab.operation("Set", "op-2").0, "QUEUED");
    // The configuration of the execution cannot be modified while operations run or are queued.
    let error = lab.update_set("Set", "op-3", &queue("two"), &[("ManagedExecution.Active", "false")]).unwrap_err();
    assert_eq!(error.code, "OperationInProgressException");
    clock.advance(Duration::from_secs(80));
    assert_eq!(lab.operation("Set", "op-2").0, "RUNNING");
    clock.advance(Duration::from_secs(80));
    assert_eq!(lab.operation("Set", "op-2").0, "SUCCEEDED");
}

#[test]
fn concurrency() {
    // Regions one after the other, unless they are asked for in parallel.
    for (more, running) in [(&[][..], 1), (TOLERANT, 3)] {
        let clock = ManualClock::new();
        let mut lab = Lab::with_clock(&clock).with_roles();
        lab.stack_set("Set");
        let regions = ["eu-west-1", "eu-west-2", "eu-west-3"];
        lab.instances("CreateStackInstances", "Set", "op-1", &regions, more).unwrap();
        clock.advance(Duration::from_secs(30));
        let (_, results) = lab.operation("Set", "op-1");
        let count = results.iter().filter(|line| line.ends_with("RUNNING")).count();
        assert_eq!(count, running, "{results:?}");
    }
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    for (name, value) in [
        ("RegionConcurrencyType", "BOTH"),
        ("ConcurrencyMode", "LAX"),
        ("MaxConcurrentCount", "0"),
        ("FailureTolerancePercentage", "101"),
    ] {
        let name = format!("OperationPreferences.{name}");
        let error =
            lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[(&name, value)]).unwrap_err();
        assert_eq!(error.code, "ValidationError", "{name}");
    }
}

#[test]
fn operation_states() {
    let clock = ManualClock::new();
    let mut lab = Lab::with_clock(&clock).with_roles();
    lab.stack_set("Set");
    let regions = ["eu-west-1", "eu-west-2"];
    lab.instances("CreateStackInstances", "Set", "op-1", &regions, &[]).unwrap();
    assert_eq!(
        lab.operation("Set", "op-1"),
        ("RUNNING".into(), vec!["eu-west-1 RUNNING".into(), "eu-west-2 PENDING".into()])
    );
    lab.ask("StopStackSetOperation", &[("StackSetName", "Set"), ("OperationId", "op-1")]);
    assert_eq!(
        lab.operation("Set", "op-1"),
        ("STOPPING".into(), vec!["eu-west-1 RUNNING".into(), "eu-west-2 CANCELLED".into()])
    );
    clock.advance(Duration::from_secs(80));
    assert_eq!(
        lab.operation("Set", "op-1"),
        ("STOPPED".into(), vec!["eu-west-1 SUCCEEDED".into(), "eu-west-2 CANCELLED".into()])
    );
    assert_eq!(lab.instance_states("Set"), ["eu-west-1 CURRENT SUCCEEDED", "eu-west-2 OUTDATED CANCELLED"]);
    let error = lab.refused("StopStackSetOperation", &[("StackSetName", "Set"), ("OperationId", "op-1")]);
    assert_eq!(error.code, "InvalidOperationException");
    let error = lab.refused("StopStackSetOperation", &[("StackSetName", "Set"), ("OperationId", "op-9")]);
    assert_eq!((error.status, error.code.as_str()), (404, "OperationNotFoundException"));
}

#[test]
fn end_timestamp() {
    // An operation has ended although a region was not even attempted.
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    fail(&mut lab, FaultPlan::new().fail_region("eu-west-1", 1, "quota"));
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1", "eu-west-2"], &[]).unwrap();
    let described = lab.ask("DescribeStackSetOperation", &[("StackSetName", "Set"), ("OperationId", "op-1")]);
    assert_eq!(tag(&described, "Status"), "FAILED");
    assert!(tag(&described, "EndTimestamp").ends_with('Z'));
    assert_eq!(tag(&described, "FailedStackInstancesCount"), "1");
    assert_eq!(lab.operation("Set", "op-1").1, ["eu-west-1 FAILED", "eu-west-2 CANCELLED"]);
}

#[test]
fn inoperable() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    let regions = ["eu-west-1", "eu-west-2"];
    lab.instances("CreateStackInstances", "Set", "op-1", &regions, TOLERANT).unwrap();
    lab.operation("Set", "op-1");
    fail(&mut lab, FaultPlan::new().fail_deletion("eu-west-1", "", 1, "in use"));
    let keep = [("RetainStacks", "false")];
    lab.instances("DeleteStackInstances", "Set", "op-2", &["eu-west-1"], &keep).unwrap();
    assert_eq!(lab.operation("Set", "op-2").0, "FAILED");
    assert_eq!(lab.instance_states("Set"), ["eu-west-1 INOPERABLE INOPERABLE", "eu-west-2 CURRENT SUCCEEDED"]);
    // It is left out of updates …
    lab.update_set("Set", "op-3", &queue("two"), &[]).unwrap();
    assert_eq!(lab.operation("Set", "op-3"), ("SUCCEEDED".into(), vec!["eu-west-2 SUCCEEDED".into()]));
    assert_eq!(lab.instance_states("Set")[0], "eu-west-1 INOPERABLE INOPERABLE");
    // … until it is given up, which leaves its stack behind.
    let keep = [("RetainStacks", "true")];
    lab.instances("DeleteStackInstances", "Set", "op-4", &["eu-west-1"], &keep).unwrap();
    assert_eq!(lab.instance_states("Set"), ["eu-west-2 CURRENT SUCCEEDED"]);
    let described = lab.ask_in("eu-west-1", "DescribeStacks", &[]);
    assert_eq!(tag(&described, "StackStatus"), "DELETE_FAILED");
}

#[test]
fn overrides() {
    let mut lab = Lab::new().with_roles();
    let template = |more: &str| {
        json!({
            "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
            "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {
                "QueueName": {"Fn::Sub": format!("${{Stage}}{more}")},
            }}},
            "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
        })
    };
    lab.ask("CreateStackSet", &[("StackSetName", "Set"), ("TemplateBody", &template("").to_string())]);
    let stage =
        [("ParameterOverrides.member.1.ParameterKey", "Stage"), ("ParameterOverrides.member.1.ParameterValue", "prod")];
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &stage).unwrap();
    let url = |lab: &mut Lab| tag(&lab.ask_in("eu-west-1", "DescribeStacks", &[]), "OutputValue");
    assert!(url(&mut lab).ends_with("/prod"));
    // They survive an update of the stack set …
    lab.update_set("Set", "op-2", &template("-x"), &[]).unwrap();
    assert!(url(&mut lab).ends_with("/prod-x"));
    let described = lab.ask(
        "DescribeStackInstance",
        &[("StackSetName", "Set"), ("StackInstanceAccount", ACCOUNT), ("StackInstanceRegion", "eu-west-1")],
    );
    assert_eq!(tag(&described, "ParameterValue"), "prod");
    // … and are gone once a request names none.
    lab.instances("UpdateStackInstances", "Set", "op-3", &["eu-west-1"], &[("ParameterOverrides", "")]).unwrap();
    assert!(url(&mut lab).ends_with("/dev-x"));
    let unknown =
        [("ParameterOverrides.member.1.ParameterKey", "Other"), ("ParameterOverrides.member.1.ParameterValue", "x")];
    let error = lab.instances("UpdateStackInstances", "Set", "op-4", &["eu-west-1"], &unknown).unwrap_err();
    assert_eq!(error.message, "Parameters: [Other] do not exist in the template");
    let error = lab.instances("UpdateStackInstances", "Set", "op-4", &["eu-west-3"], &[]).unwrap_err();
    assert_eq!((error.status, error.code.as_str()), (404, "StackInstanceNotFoundException"));
}

#[test]
fn nested_stacks_transforms_and_macros() {
    let mut lab = Lab::new().with_roles();
    let mut template = queue("one");
    template["Transform"] = json!("AWS::Serverless-2016-10-31");
    let error = lab.refused("CreateStackSet", &[("StackSetName", "Set"), ("TemplateBody", &template.to_string())]);
    assert_eq!(error.code, "ValidationError");
    let nested = json!({"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {
        "TemplateURL": "https://b.s3.amazonaws.com/t"
    }}}});
    lab.ask("CreateStackSet", &[("StackSetName", "Set"), ("TemplateBody", &nested.to_string())]);
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap();
    assert_eq!(lab.operation("Set", "op-1").0, "FAILED");
}

#[test]
fn a_stack_set_is_regional() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    let error = lab.try_in("eu-west-1", "DescribeStackSet", &[("StackSetName", "Set")]).unwrap_err();
    assert_eq!((error.status, error.code.as_str()), (404, "StackSetNotFoundException"));
    // A twin of the same name can be made elsewhere: nothing keeps a deployer from it but care.
    let body = queue("one").to_string();
    lab.ask_in("eu-west-1", "CreateStackSet", &[("StackSetName", "Set"), ("TemplateBody", &body)]);
    assert_eq!(members(&lab.ask("ListStackSets", &[])).len(), 1);
}

#[test]
fn retained_stacks() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap();
    let keep = [("RetainStacks", "true")];
    lab.instances("DeleteStackInstances", "Set", "op-2", &["eu-west-1"], &keep).unwrap();
    assert_eq!(lab.instance_states("Set"), Vec::<String>::new());
    // The stack does not come back to the set: a new instance has another stack.
    lab.instances("CreateStackInstances", "Set", "op-3", &["eu-west-1"], &[]).unwrap();
    let described = lab.ask_in("eu-west-1", "DescribeStacks", &[]);
    let names: BTreeSet<String> = described.split("<StackName>").skip(1).map(|rest| rest[..60].to_owned()).collect();
    assert_eq!(names.len(), 2);
}

#[test]
fn stack_set_is_not_empty() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap();
    let error = lab.refused("DeleteStackSet", &[("StackSetName", "Set")]);
    assert_eq!((error.status, error.code.as_str()), (409, "StackSetNotEmptyException"));
    // To delete what is not there is no error.
    lab.ask("DeleteStackSet", &[("StackSetName", "Other")]);
}

#[test]
fn failure_tolerance_is_per_account_per_region() {
    for (more, status, cancelled) in [
        // One account in each region: one failure is more than none.
        (&[("OperationPreferences.RegionConcurrencyType", "PARALLEL")][..], "FAILED", 3),
        (TOLERANT, "SUCCEEDED", 0),
        (&[][..], "FAILED", 11),
        (&[("OperationPreferences.FailureTolerancePercentage", "99")][..], "FAILED", 11),
        (&[("OperationPreferences.FailureTolerancePercentage", "100")][..], "SUCCEEDED", 0),
    ] {
        let mut lab = Lab::new().with_roles();
        lab.stack_set("Set");
        fail(&mut lab, FaultPlan::new().fail_region(TWELVE[0], 1, "no capacity"));
        lab.instances("CreateStackInstances", "Set", "op-1", &TWELVE, more).unwrap();
        let (got, results) = lab.operation("Set", "op-1");
        assert_eq!(got, status, "{more:?}");
        assert_eq!(results[0], format!("{} FAILED", TWELVE[0]));
        let count = results.iter().filter(|line| line.ends_with("CANCELLED")).count();
        assert_eq!(count, cancelled, "{more:?} {results:?}");
    }
}

#[test]
fn an_update_changes_the_set_even_when_the_operation_fails() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    let regions = ["eu-west-1", "eu-west-2", "eu-west-3"];
    lab.instances("CreateStackInstances", "Set", "op-1", &regions, TOLERANT).unwrap();
    lab.operation("Set", "op-1");
    fail(&mut lab, FaultPlan::new().fail_region("eu-west-1", 1, "no capacity"));
    lab.update_set("Set", "op-2", &queue("two"), &[]).unwrap();
    assert_eq!(lab.operation("Set", "op-2").0, "FAILED");
    let described = lab.ask("DescribeStackSet", &[("StackSetName", "Set")]);
    assert!(tag(&described, "TemplateBody").contains("two"));
    assert_eq!(
        lab.instance_states("Set"),
        ["eu-west-1 OUTDATED FAILED", "eu-west-2 OUTDATED CANCELLED", "eu-west-3 OUTDATED CANCELLED"]
    );
    let listed = lab.ask("ListStackInstances", &[("StackSetName", "Set"), ("StackInstanceRegion", "eu-west-1")]);
    assert_eq!(
        tag(&listed, "StatusReason"),
        "ResourceLogicalId:Queue, ResourceType:AWS::SQS::Queue, ResourceStatusReason:no capacity."
    );
    // The same again under another id tries those that are outdated.
    lab.update_set("Set", "op-3", &queue("two"), TOLERANT).unwrap();
    assert_eq!(lab.operation("Set", "op-3").0, "SUCCEEDED");
    assert!(lab.instance_states("Set").iter().all(|line| line.ends_with("CURRENT SUCCEEDED")));
}

#[test]
fn a_stack_that_was_never_created_makes_place_for_another() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    fail(&mut lab, FaultPlan::new().fail_region("eu-west-1", 1, "no capacity"));
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap();
    assert_eq!(lab.operation("Set", "op-1").0, "FAILED");
    let described = lab.ask_in("eu-west-1", "DescribeStacks", &[]);
    assert_eq!(tag(&described, "StackStatus"), "ROLLBACK_COMPLETE");
    lab.instances("CreateStackInstances", "Set", "op-2", &["eu-west-1"], &[]).unwrap();
    assert_eq!(lab.operation("Set", "op-2").0, "SUCCEEDED");
    let described = lab.ask_in("eu-west-1", "DescribeStacks", &[]);
    assert_eq!(members(&described).len(), 1);
    assert_eq!(tag(&described, "StackStatus"), "CREATE_COMPLETE");
}

#[test]
fn an_update_of_chosen_regions_leaves_the_others_outdated() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1", "eu-west-2"], &[]).unwrap();
    let chosen = [("Accounts.member.1", ACCOUNT), ("Regions.member.1", "eu-west-1")];
    lab.update_set("Set", "op-2", &queue("two"), &chosen).unwrap();
    assert_eq!(lab.operation("Set", "op-2").1, ["eu-west-1 SUCCEEDED"]);
    assert_eq!(lab.instance_states("Set"), ["eu-west-1 CURRENT SUCCEEDED", "eu-west-2 OUTDATED SUCCEEDED"]);
    let absent = [("Accounts.member.1", ACCOUNT), ("Regions.member.1", "eu-west-3")];
    let error = lab.update_set("Set", "op-3", &queue("three"), &absent).unwrap_err();
    assert_eq!(error.code, "StackInstanceNotFoundException");
    let described = lab.ask("DescribeStackSet", &[("StackSetName", "Set")]);
    assert!(tag(&described, "TemplateBody").contains("two"), "a refused update changes nothing");
}

#[test]
fn iam_is_global() {
    let mut lab = Lab::new().with_roles();
    let role = json!({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": "fixed", "AssumeRolePolicyDocument": {"Statement": []}
    }}}});
    let body = role.to_string();
    let fields =
        [("StackSetName", "Set"), ("TemplateBody", body.as_str()), ("Capabilities.member.1", "CAPABILITY_NAMED_IAM")];
    assert_eq!(lab.refused("CreateStackSet", &fields[..2]).code, "InsufficientCapabilitiesException");
    lab.ask("CreateStackSet", &fields);
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1", "eu-west-2"], TOLERANT).unwrap();
    assert_eq!(lab.operation("Set", "op-1").1, ["eu-west-1 SUCCEEDED", "eu-west-2 FAILED"]);
    let listed = lab.ask("ListStackInstances", &[("StackSetName", "Set"), ("StackInstanceRegion", "eu-west-2")]);
    let reason = tag(&listed, "StatusReason");
    assert!(
        reason.contains("ResourceStatusReason:fixed already exists in stack arn:aws:cloudformation:eu-west-1"),
        "{reason}"
    );
}

#[test]
fn self_managed_roles_have_to_be_there() {
    let mut lab = Lab::new();
    lab.stack_set("Set");
    lab.instances("CreateStackInstances", "Set", "op-1", &["eu-west-1"], &[]).unwrap();
    let (status, _) = lab.operation("Set", "op-1");
    assert_eq!(status, "FAILED");
    let results = lab.ask("ListStackSetOperationResults", &[("StackSetName", "Set"), ("OperationId", "op-1")]);
    assert_eq!(
        tag(&results, "StatusReason"),
        "Account 123456789012 should have 'AWSCloudFormationStackSetAdministrationRole' role with trust relationship to \
         CloudFormation service."
    );
    let mut lab = lab.with_roles();
    lab.instances("CreateStackInstances", "Set", "op-2", &["eu-west-1"], &[]).unwrap();
    assert_eq!(lab.operation("Set", "op-2").0, "SUCCEEDED");
    // Another account has no role that trusts this one.
    let other = [
        ("StackSetName", "Set"),
        ("Accounts.member.1", "210987654321"),
        ("Regions.member.1", "eu-west-1"),
        ("OperationId", "op-3"),
    ];
    lab.ask("CreateStackInstances", &other);
    let results = lab.ask("ListStackSetOperationResults", &[("StackSetName", "Set"), ("OperationId", "op-3")]);
    assert!(tag(&results, "StatusReason").starts_with("Account 210987654321 should have"), "{results}");
}

#[test]
fn lists_come_in_pages() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    lab.instances("CreateStackInstances", "Set", "op-1", &TWELVE, TOLERANT).unwrap();
    let mut regions = BTreeSet::new();
    let mut token = None::<String>;
    let mut pages = 0;
    loop {
        let mut fields = vec![("StackSetName", "Set"), ("MaxResults", "5")];
        if let Some(token) = &token {
            fields.push(("NextToken", token));
        }
        let listed = lab.ask("ListStackInstances", &fields);
        regions.extend(members(&listed).iter().map(|member| tag(member, "Region")));
        pages += 1;
        token = Some(tag(&listed, "NextToken")).filter(|token| !token.is_empty());
        if token.is_none() {
            break;
        }
    }
    assert_eq!((pages, regions.len()), (3, 12));
    for (field, value) in [("MaxResults", "101"), ("NextToken", "made-up")] {
        let error = lab.refused("ListStackInstances", &[("StackSetName", "Set"), (field, value)]);
        assert_eq!(error.code, "ValidationError");
    }
    let filtered = lab.ask(
        "ListStackInstances",
        &[("StackSetName", "Set"), ("Filters.member.1.Name", "DETAILED_STATUS"), ("Filters.member.1.Values", "FAILED")],
    );
    assert_eq!(members(&filtered).len(), 0);
}

#[test]
fn targets_have_to_be_possible() {
    let mut lab = Lab::new().with_roles();
    lab.stack_set("Set");
    let base = [("StackSetName", "Set"), ("OperationId", "op-1")];
    for more in [
        &[("Accounts.member.1", ACCOUNT)][..],
        &[("Regions.member.1", "eu-west-1")],
        &[("Accounts.member.1", "12"), ("Regions.member.1", "eu-west-1")],
        &[("Accounts.member.1", ACCOUNT), ("Regions.member.1", "mars-east-1")],
        &[("Accounts.member.1", ACCOUNT), ("Regions.member.1", HOME), ("Regions.member.2", HOME)],
        &[("DeploymentTargets.Accounts.member.1", ACCOUNT), ("Regions.member.1", HOME)],
    ] {
        let fields: Vec<_> = base.iter().chain(more).copied().collect();
        assert_eq!(lab.refused("CreateStackInstances", &fields).code, "ValidationError", "{more:?}");
    }
}
