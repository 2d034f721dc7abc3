//! Written by `flagcdk migrate` from `nested.yaml`.

use flagcdk::{App, Expr, Placement, RawResource, Stack, Value, cfn, text};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let child = stack.add(
        "Child",
        cfn::cloudformation::Stack::new()
            .notification_arns(Value::from_expr(Expr::from(json!({ "Ref": "AWS::NotificationARNs" }))))
            .parameters([
                ("Count", Value::<String>::from("3")),
                ("List", Value::join(",", ["a", "b"])),
                ("Name", Value::stack_name()),
            ])
            .template_url(
                text!(
                    "https://bucket.s3.",
                    Value::url_suffix(),
                    "/child.yaml",
                ),
            ),
    );

    let thing = stack.add(
        "Thing",
        RawResource::new("My::Team::Thing::MODULE")
            .set("Name", child.raw_attribute::<String>("Outputs.Name")),
    );

    stack.add("Wait", cfn::cloudformation::WaitConditionHandle::new());

    stack.output("Url", child.raw_attribute::<String>("Outputs.Url"));
    stack.output(
        "Part",
        Value::<String>::from_expr(Expr::from(json!({ "Ref": "ThingBucket" }))),
    );
    stack.output("Deep", thing.raw_attribute::<String>("Bucket.Arn"));

    stack
}
