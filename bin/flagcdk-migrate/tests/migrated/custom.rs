//! Written by `flagcdk migrate` from `custom.yaml`.

use flagcdk::{
    App, Condition, Expr, Json, Parameter, Placement, RawResource, Stack, Value, cfn,
};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let code = stack.parameter("Code", Parameter::string());

    let never = stack.condition("Never", Condition::equals("a", "b"));

    let maker = stack.add(
        "Maker",
        RawResource::new("Custom::Maker")
            .set(
                "Deep",
                Value::<Json>::when(
                    &never,
                    Expr::map([("A", Expr::from(code.clone()))]),
                    Expr::map([
                        ("B", Expr::List([Expr::from(Value::stack_id())].into())),
                    ]),
                ),
            )
            .set("Flag", true)
            .set("Large", 12345678901)
            .set(
                "Nested",
                Expr::map([
                    ("Empty", Expr::from(json!({}))),
                    (
                        "List",
                        Expr::List(
                            [
                                Expr::Integer(1),
                                Expr::from("two"),
                                Expr::from(code.clone()),
                                Expr::from(json!([3])),
                            ]
                                .into(),
                        ),
                    ),
                    ("None", Expr::from(json!([]))),
                ]),
            )
            .set("Number", 3)
            .set("Ratio", json!(1.5))
            .set("ServiceToken", Value::<String>::import("maker")),
    );

    stack.add(
        "Other",
        cfn::cloudformation::CustomResource::new()
            .with("Port", maker.raw_attribute::<String>("Port"))
            .service_token(maker.raw_attribute::<String>("Token")),
    );

    stack.add(
        "Queue",
        cfn::sqs::Queue::new()
            .delay_seconds(maker.raw_attribute("Delay"))
            .queue_name(maker.raw_attribute::<String>("Name")),
    );

    stack
}
