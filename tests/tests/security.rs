//! The shipped app is safe: nothing is found of it that nobody gave a reason for.

use flagcdk_engine::validate::review;
use flagcdk_stacks::{Config, app_with};

/// Findings of the app for an environment, and the rules that it does not follow.
fn check(config: &Config, exceptions: &[&str]) {
    let assembly = app_with(config).synth().unwrap();
    let review = review(&assembly);
    assert_eq!(review.findings, [], "{}", config.environment);
    let mut suppressed: Vec<_> = review.suppressed.iter().map(|suppressed| suppressed.finding.code.as_str()).collect();
    suppressed.sort_unstable();
    suppressed.dedup();
    assert_eq!(suppressed, exceptions, "{}", config.environment);
    assert!(review.suppressed.iter().all(|suppressed| suppressed.reason.len() > 20));
}

#[test]
fn production_breaks_no_rule_but_those_that_aws_breaks() {
    let everywhere = ["security::iam-wildcard-resource", "security::secrets-rotation", "security::sns-encryption"];
    check(&Config::new("prod"), &everywhere);
}

#[test]
fn development_has_fewer_nodes_and_is_no_less_closed() {
    check(
        &Config::new("dev"),
        &[
            "security::elasticache-failover",
            "security::iam-wildcard-resource",
            "security::lambda-reserved-concurrency",
            "security::opensearch-masters",
            "security::opensearch-zones",
            "security::secrets-rotation",
            "security::sns-encryption",
        ],
    );
}
