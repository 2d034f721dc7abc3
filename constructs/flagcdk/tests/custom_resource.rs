//! Custom resources: what the provider is asked for, and what bad ones are told.

use flagcdk::assertions::{Findings, Template, absent, like};
use flagcdk::lambda::FunctionRef;
use flagcdk::sns::TopicRef;
use flagcdk::{
    App, Attribute, CustomResource, CustomResourceProps, CustomType, Expr, Placement, Properties, Provider, Region,
    RemovalPolicy, Stack, Value,
};

fn app() -> (App, Stack) {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Main", Placement::Home);
    (app, stack)
}

struct Seed {
    rows: i64,
}

impl Seed {
    const COUNT: Attribute<Seed, i64> = Attribute::new("Count");
}

impl CustomType for Seed {
    const NAME: &'static str = "Seed";

    fn into_properties(self) -> Properties {
        Properties::from([("Rows", self.rows.into())])
    }
}

#[test]
fn a_provider_is_asked_for_typed_properties_and_answers_with_typed_attributes() {
    let (_app, stack) = app();
    let props = CustomResourceProps::builder().provider(Provider::from_arn("arn:f"));
    let seed = CustomResource::new(&stack, "Seed", props.timeout_seconds(60).build(), Seed { rows: 3 });
    let count: Value<i64> = seed.get(Seed::COUNT);
    stack.output("Count", count.cast::<String>());
    stack.output("Id", seed.physical_id());
    let topic = CustomResourceProps::builder().provider(&TopicRef::from_arn("arn:t"));
    let kept =
        CustomResource::new(&stack, "Kept", topic.removal_policy(RemovalPolicy::Retain).build(), Seed { rows: 1 });
    kept.handle().depends_on(seed.handle());
    let template = Template::of(&stack);
    template.has_resource(
        "Custom::Seed",
        like!({
            "Properties": { "ServiceToken": "arn:f", "ServiceTimeout": 60, "Rows": 3 },
            "DeletionPolicy": absent(),
        }),
    );
    template.has_resource(
        "Custom::Seed",
        like!({
            "Properties": { "ServiceToken": "arn:t", "ServiceTimeout": absent() },
            "DeletionPolicy": "Retain",
            "DependsOn": ["Seed"],
        }),
    );
    template.has_output("Count", like!({ "Value": { "Fn::GetAtt": ["Seed", "Count"] } }));
    template.has_output("Id", like!({ "Value": { "Ref": "Seed" } }));
}

#[test]
fn bad_ones_are_reported() {
    struct Bad;
    impl CustomType for Bad {
        const NAME: &'static str = "not good";
        fn into_properties(self) -> Properties {
            Properties::from([("ServiceToken", Expr::from("x"))])
        }
    }
    let (app, stack) = app();
    let function = FunctionRef::from_name("f");
    for seconds in [0, 3601] {
        let props = CustomResourceProps::builder().provider(&function).timeout_seconds(seconds).build();
        CustomResource::new(&stack, &format!("Bad{seconds}"), props, Bad);
    }
    let findings = Findings::of(&app);
    for code in ["custom-resource::name", "custom-resource::property", "custom-resource::timeout"] {
        findings.has_error("Main/Bad0", code);
        findings.has_error("Main/Bad3601", code);
    }
}
