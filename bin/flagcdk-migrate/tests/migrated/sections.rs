//! Written by `flagcdk migrate` from `sections.yaml`.

use flagcdk::{App, Condition, Expr, Json, Parameter, Placement, Stack, Value, cfn};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);
    stack.transform("AWS::LanguageExtensions");
    stack.metadata(
        "AWS::CloudFormation::Interface",
        json!({ "ParameterGroups": [{ "Label": { "default": "Sizes" }, "Parameters": ["Size"] }] }),
    );
    stack.metadata("Note", "a text");

    let size = stack.parameter("Size", Parameter::string());

    stack.rule("Known", json!({
        "Assertions": [
            {
                "Assert": { "Fn::Contains": [["small", "large"], { "Ref": "Size" }] },
                "AssertDescription": "small or large",
            },
        ],
        "RuleCondition": { "Fn::Equals": [{ "Ref": "Size" }, "large"] },
    }));

    let odd = stack.condition(
        "Odd",
        Condition::equals(
            Value::<String>::from_expr(Expr::from(json!({ "Fn::Length": [1, 2] }))),
            "2",
        ),
    );
    let raw = stack.condition("Raw", json!({
        "Fn::EachMemberIn": [["a"], ["a", "b"]],
    }));

    stack.add(
            "Topic",
            cfn::sns::Topic::new()
                .display_name(
                    Value::<String>::from_expr(
                        Expr::map([
                            (
                                "Fn::ToJsonString",
                                Expr::map([("size", Expr::from(size.clone()))]),
                            ),
                        ]),
                    ),
                ),
        )
        .condition(&raw)
        .override_attribute(
            "DeletionPolicy",
            Value::<Json>::when(
                &odd,
                json!("Retain"),
                json!("Delete"),
            ),
        );

    stack
}
