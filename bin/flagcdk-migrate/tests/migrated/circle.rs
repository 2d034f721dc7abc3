//! Written by `flagcdk migrate` from `circle.yaml`.

use flagcdk::{App, Expr, Placement, Stack, Value, cfn};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let three = stack.add("Three", cfn::sns::Topic::new());
    three.override_attribute("DependsOn", "Two");

    let two = stack.add(
        "Two",
        cfn::ec2::SecurityGroup::new()
            .group_description(
                Value::<String>::from_expr(Expr::from(json!({
                    "Fn::Sub": "with ${One.GroupId}",
                }))),
            )
            .vpc_id(
                Value::<String>::from_expr(Expr::from(json!({ "Ref": "One" }))),
            ),
    );
    two.depends_on(&three);

    stack.add(
        "One",
        cfn::ec2::SecurityGroup::new()
            .group_description("one")
            .security_group_ingress([
                cfn::ec2::security_group::Ingress::new()
                    .ip_protocol("-1")
                    .source_security_group_id(two.get(cfn::ec2::SecurityGroup::GROUP_ID)),
            ]),
    );

    stack
}
