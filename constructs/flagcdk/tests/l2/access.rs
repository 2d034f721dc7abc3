//! Roles, policies, tokens and guardrails.

use flagcdk::iam::{
    Condition, ConditionKey, GithubJobs, Grantee, InstanceProfile, ManagedPolicy, ManagedPolicyProps, ManagedPolicyRef,
    OidcProvider, OidcProviderProps, OidcProviderRef, Permissions, PolicyDocument, Principal, Role, RoleProps, RoleRef,
    Statement,
};
use flagcdk::organizations::{ServiceControlPolicy, ServiceControlPolicyProps};
use flagcdk::{IntoValue, RawResource, Stack};
use serde_json::json;

use crate::{Sample, findings, resources};

pub(crate) const SAMPLES: &[Sample] = &[("iam", iam), ("organization_guardrail", organization_guardrail)];

fn iam(stack: &Stack) {
    let permissions = Permissions::new();
    permissions.grant("Own", vec![Statement::allow(["s3:*", "sqs:*"]).on_anything()]);
    let bound =
        ManagedPolicyProps::builder().permissions(permissions).description("What workers may do at most").build();
    let bound = ManagedPolicy::new(stack, "Bound", bound);
    let role = RoleProps::builder()
        .assumed_by(Principal::service("ec2.amazonaws.com"))
        .managed_policies([(&ManagedPolicyRef::from_aws("AmazonSSMManagedInstanceCore")).into()])
        .permissions_boundary(&bound)
        .build();
    let worker = Role::new(stack, "Worker", role);
    InstanceProfile::new(stack, "Profile", &worker);
    let github = OidcProvider::github(stack, "Github");
    let jobs = GithubJobs::of_environment("octo/shop", "production").principal(&github);
    let deploy = Role::new(stack, "Deploy", RoleProps::builder().assumed_by(jobs).build());
    worker.as_ref().grant_pass("ec2.amazonaws.com", &deploy);
    RoleRef::from_arn(stack, "Elsewhere", "arn:aws:iam::111122223333:role/elsewhere").grant_assume(&deploy);
}

fn organization_guardrail(stack: &Stack) {
    let elsewhere = Statement::deny_all_but(["iam:*", "organizations:*", "sts:*"])
        .on_anything()
        .only_if(Condition::differs_from(ConditionKey::REQUESTED_REGION, "eu-west-1"))
        .only_if(Condition::differs_from(ConditionKey::REQUESTED_REGION, "us-east-1"))
        .only_if(Condition::arn_is_unlike(ConditionKey::PRINCIPAL_ARN, "arn:aws:iam::*:role/break-glass"))
        .sid("OnlyTwoRegions");
    let trails = Statement::deny(["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"]).on_anything().sid("KeepTrails");
    let props = ServiceControlPolicyProps::builder()
        .name("guardrails")
        .description("What nobody may do")
        .statements([elsewhere, trails])
        .targets(["ou-abcd-12345678".into()])
        .build();
    ServiceControlPolicy::new(stack, "Guardrails", props);
}

#[test]
fn conditions_are_written_as_iam_reads_them() {
    let check = |statement: Statement, expected: serde_json::Value| {
        let resources = resources(|stack| {
            let document = PolicyDocument::from_iter([statement]).into_value();
            stack.add("X", RawResource::new("A::B::C").set("Document", document));
        });
        assert_eq!(resources["X"]["Properties"]["Document"]["Statement"][0]["Condition"], expected);
    };
    let get = || Statement::allow(["s3:GetObject"]).on_anything();
    check(
        get().only_if(Condition::equals(ConditionKey::resource_tag("team"), "a").or_absent()),
        json!({ "StringEqualsIfExists": { "aws:ResourceTag/team": "a" } }),
    );
    check(
        get().only_if(Condition::is_like(ConditionKey::new("kms:ResourceAliases"), "alias/a*").for_any_value()),
        json!({ "ForAnyValue:StringLike": { "kms:ResourceAliases": "alias/a*" } }),
    );
    check(
        get()
            .only_if(Condition::is(ConditionKey::MFA_PRESENT, true))
            .only_if(Condition::is_absent(ConditionKey::SOURCE_VPC_ENDPOINT))
            .only_if(Condition::is_present(ConditionKey::SOURCE_IP))
            .only_if(Condition::before(ConditionKey::new("aws:CurrentTime"), "2027-01-01T00:00:00Z")),
        json!({
            "Bool": { "aws:MultiFactorAuthPresent": "true" },
            "Null": { "aws:SourceVpce": "true", "aws:SourceIp": "false" },
            "DateLessThan": { "aws:CurrentTime": "2027-01-01T00:00:00Z" },
        }),
    );
}

#[test]
fn a_job_of_github_takes_on_the_role_that_is_meant_for_it() {
    let check = |jobs: GithubJobs, subject: &str| {
        let resources = resources(|stack| {
            let principal = jobs.principal(&OidcProviderRef::github());
            Role::new(stack, "Deploy", RoleProps::builder().assumed_by(principal).build());
        });
        let statement = &resources["Deploy"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0];
        assert_eq!(statement["Action"], "sts:AssumeRoleWithWebIdentity");
        let issuer = "token.actions.githubusercontent.com";
        let expected = json!({
            "StringEquals": { format!("{issuer}:aud"): "sts.amazonaws.com" },
            "StringLike": { format!("{issuer}:sub"): subject },
        });
        assert_eq!(statement["Condition"], expected);
        assert!(statement["Principal"]["Federated"].to_string().contains(issuer));
    };
    check(GithubJobs::of_branch("octo/shop", "main"), "repo:octo/shop:ref:refs/heads/main");
    check(GithubJobs::of_tag("octo/shop", "v*"), "repo:octo/shop:ref:refs/tags/v*");
    check(GithubJobs::of_environment("octo/shop", "prod"), "repo:octo/shop:environment:prod");
    check(GithubJobs::all_of("octo/shop"), "repo:octo/shop:*");
}

#[test]
fn what_aws_refuses_is_found() {
    let empty = ManagedPolicyProps::builder().permissions(Permissions::new()).build();
    assert_eq!(findings(|stack| drop(ManagedPolicy::new(stack, "P", empty))), ["iam::empty-policy"]);
    let issuer = OidcProviderProps::builder().issuer("https://login.example.com").build();
    assert_eq!(findings(|stack| drop(OidcProvider::new(stack, "O", issuer))), ["iam::issuer"]);
    let guardrail = |statements: Vec<Statement>| {
        let props = ServiceControlPolicyProps::builder().name("g").statements(statements).build();
        findings(|stack| drop(ServiceControlPolicy::new(stack, "G", props)))
    };
    assert_eq!(guardrail(Vec::new()), ["organizations::empty-policy"]);
    let named = Statement::deny(["s3:*"]).on_anything().to(Principal::anyone());
    assert_eq!(guardrail(vec![named]), ["organizations::principal"]);
}
