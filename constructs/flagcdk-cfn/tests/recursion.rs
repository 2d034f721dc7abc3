//! A property type that holds another of its own kind. The service is none of those that the app uses, so that this test is
//! built alone: `cargo test -p flagcdk-cfn --features wafv2 --test recursion`.

use flagcdk_cfn as cfn;
use flagcdk_core::{App, Json, Placement, Region};
use serde_json::json;

#[test]
fn property_types_within_their_own_kind() {
    use cfn::wafv2::rule_group::{NotStatement, Statement};
    let inner = Statement::new()
        .geo_match_statement(cfn::wafv2::rule_group::GeoMatchStatement::new().country_codes(["CH", "SE"]));
    let statement = Statement::new().not_statement(NotStatement::new().statement(inner));
    let visibility = cfn::wafv2::rule_group::VisibilityConfig::new()
        .cloud_watch_metrics_enabled(true)
        .metric_name("away")
        .sampled_requests_enabled(false);
    let rule = cfn::wafv2::rule_group::Rule::new()
        .name("away")
        .priority(0)
        .statement(statement)
        .visibility_config(visibility.clone());
    let group = cfn::wafv2::RuleGroup::new().capacity(1).scope("REGIONAL").rules([rule]).visibility_config(visibility);
    let visibility = json!({ "CloudWatchMetricsEnabled": true, "MetricName": "away", "SampledRequestsEnabled": false });
    let expected = json!({
        "Capacity": 1,
        "Rules": [{
            "Name": "away",
            "Priority": 0,
            "Statement": { "NotStatement": { "Statement": { "GeoMatchStatement": { "CountryCodes": ["CH", "SE"] } } } },
            "VisibilityConfig": visibility,
        }],
        "Scope": "REGIONAL",
        "VisibilityConfig": visibility,
    });
    let app = App::new("shop", Region::EU_WEST_1);
    app.stack("Firewall", Placement::Home).add("Rules", group);
    let assembly = app.synth().expect("the app has no mistakes");
    let template: Json = serde_json::from_str(assembly.template("Firewall")).expect("a template is JSON");
    assert_eq!(template["Resources"]["Rules"]["Properties"], expected);
}
