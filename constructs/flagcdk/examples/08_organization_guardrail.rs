//! A guardrail for a whole organization: what no account below a unit may do, whoever it is.

use flagcdk::iam::{Condition, ConditionKey, Statement};
use flagcdk::organizations::{ServiceControlPolicy, ServiceControlPolicyProps};
use flagcdk::{App, ExitCode, Placement, Region};

pub(crate) fn app() -> App {
    // Organizations is administered from one region, by one account: the stack goes there and nowhere else.
    let app = App::new("guardrails", Region::US_EAST_1);
    let stack = app.stack("Organization", Placement::Home);

    let global = ["cloudfront:*", "iam:*", "organizations:*", "route53:*", "sts:*", "support:*"];
    let mut elsewhere = Statement::deny_all_but(global).on_anything().sid("OnlyOurRegions");
    for region in ["eu-west-1", "us-east-1"] {
        elsewhere = elsewhere.only_if(Condition::differs_from(ConditionKey::REQUESTED_REGION, region));
    }
    let break_glass = "arn:aws:iam::*:role/break-glass";
    elsewhere = elsewhere.only_if(Condition::arn_is_unlike(ConditionKey::PRINCIPAL_ARN, break_glass));
    let trails = Statement::deny(["cloudtrail:DeleteTrail", "cloudtrail:StopLogging"]).on_anything().sid("KeepTrails");

    let props = ServiceControlPolicyProps::builder()
        .name("guardrails")
        .description("Work stays in two regions, and what is done there is recorded")
        .statements([elsewhere, trails])
        .targets(["ou-abcd-12345678".into()])
        .build();
    ServiceControlPolicy::new(&stack, "Guardrails", props);
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
