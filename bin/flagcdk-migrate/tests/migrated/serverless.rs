//! Written by `flagcdk migrate` from `serverless.yaml`.

use flagcdk::{App, Expr, Placement, RawResource, Stack, Value};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);
    stack.transform("AWS::Serverless-2016-10-31");

    let table = stack.add(
        "Table",
        RawResource::new("AWS::Serverless::SimpleTable"),
    );

    stack.add(
        "Hello",
        RawResource::new("AWS::Serverless::Function")
            .set(
                "Environment",
                Expr::map([
                    ("Variables", Expr::map([("TABLE", Expr::from(table.reference()))])),
                ]),
            )
            .set("Events", json!({
                "Get": { "Properties": { "Method": "get", "Path": "/hello" }, "Type": "Api" },
            }))
            .set("Handler", "app.handler")
            .set(
                "InlineCode",
                r#"def handler(event, context):
    return {"statusCode": 200}
"#,
            ),
    );

    stack.output(
        "Url",
        Value::<String>::from_expr(Expr::from(json!({
            "Fn::Sub": "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello/",
        }))),
    );
    stack.output(
        "Role",
        Value::<String>::from_expr(Expr::from(json!({ "Fn::GetAtt": ["HelloRole", "Arn"] }))),
    );

    stack.template_entry(
        ["Resources", "Hello", "Connectors"],
        json!({
            "Write": { "Properties": { "Destination": { "Id": "Table" }, "Permissions": ["Write"] } },
        }),
    );
    stack.template_entry(["Globals"], json!({
        "Function": { "Runtime": "python3.13", "Timeout": 5 },
    }));

    stack
}
