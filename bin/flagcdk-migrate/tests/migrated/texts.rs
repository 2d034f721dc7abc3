//! Written by `flagcdk migrate` from `texts.yaml`.

use flagcdk::{App, Placement, Stack, cfn, text};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app
        .stack("Stack", Placement::Home)
        .describe(r#"quotes " and a backslash \ — and “others”"#);

    let texts = stack.add(
        "Texts",
        cfn::ssm::Parameter::new()
            .description(r###"C:\path\to\"file"#"##"###)
            .name("${not.a variable} $${x} {{resolve:ssm:name:1}}")
            .r#type(cfn::ssm::parameter::Type::STRING)
            .value("tab\there\r\nreturn \u{7} bell 😀"),
    );

    stack.add(
        "Body",
        cfn::cloudwatch::Dashboard::new()
            .dashboard_body(
                r##"{ "widgets": [ { "type": "text", "properties": { "markdown": "# \"Orders\" \\ n" } } ] }
"#
"##,
            ),
    );

    stack.add(
        "Resolved",
        cfn::ssm::Parameter::new()
            .r#type(cfn::ssm::parameter::Type::STRING)
            .value("{{resolve:secretsmanager:db:SecretString:password}}"),
    );

    stack.output(
        "Joined",
        text!("${", texts.reference(), "}${x}"),
    );

    stack
}
