use flagcdk_assembly::Placement;
use serde_json::{Map, Value as Json, json};

use crate::{assembly, check_assembly, findings, resources, stack, topic};

fn many(count: usize, path: impl Fn(usize) -> String, display_name: &str) -> Json {
    let all: Map<String, Json> = (0..count)
        .map(|index| {
            let body = json!({
                "Type": "AWS::SNS::Topic", "Metadata": { "flagcdk:path": path(index) },
                "Properties": { "DisplayName": display_name },
            });
            (format!("Topic{index:04}"), body)
        })
        .collect();
    resources(Json::Object(all))
}

fn at_home(template: Json) -> flagcdk_assembly::Assembly {
    assembly([(stack("Data", Placement::Home), template)])
}

#[test]
fn counts() {
    // Of a deep tree, the parts that matter are shown: one construct holds nearly all.
    let path = |index: usize| match index {
        0 => "Data/Alarm/Resource".to_owned(),
        1..=300 => format!("Data/Bus/Orders/Queue{}/Resource", index % 3),
        _ => format!("Data/Bus/Prices/Queue{index}/Resource"),
    };
    check_assembly(&at_home(many(500, path, "x")), &[]);
    check_assembly(
        &at_home(many(501, path, "x")),
        &[
            "Data: the template has 501 resources, wanted 500 at most; the largest constructs: `Data/Bus/Prices` 200, `Data/Bus/Orders/Queue0` 100, `Data/Bus/Orders/Queue1` 100, `Data/Bus/Orders/Queue2` 100, `Data/Alarm` 1 [validate::too-many-resources]",
        ],
    );
    check_assembly(
        &at_home(many(501, |index| format!("Data/T{}/Resource", index % 2), "x")),
        &[
            "Data: the template has 501 resources, wanted 500 at most; the largest constructs: `Data/T0` 251, `Data/T1` 250 [validate::too-many-resources]",
        ],
    );

    let parameters: Map<String, Json> =
        (0..201).map(|n| (format!("P{n}"), json!({ "Type": "String", "Default": "" }))).collect();
    let outputs: Map<String, Json> = (0..201).map(|n| (format!("O{n}"), json!({ "Value": "x" }))).collect();
    let row: Map<String, Json> = (0..201).map(|n| (format!("k{n}"), json!("x"))).collect();
    let mappings: Map<String, Json> = (0..201)
        .map(|n| (format!("M{n}"), json!({ "r": { "k": "x" } })))
        .chain([("Wide".into(), json!({ "r": row }))])
        .collect();
    check_assembly(
        &at_home(
            json!({ "Resources": { "A": topic() }, "Parameters": parameters, "Outputs": outputs, "Mappings": mappings }),
        ),
        &[
            "Data: the template has 201 attributes in a row of the mapping `Wide`, wanted 200 at most [validate::too-many-mappings]",
            "Data: the template has 202 mappings, wanted 200 at most [validate::too-many-mappings]",
            "Data: the template has 201 outputs, wanted 200 at most [validate::too-many-outputs]",
            "Data: the template has 201 parameters, wanted 200 at most [validate::too-many-parameters]",
        ],
    );
}

#[test]
fn bytes() {
    // Display names of a topic are short, so the weight is put into a document.
    let heavy = |bytes: usize| {
        let mut template = many(10, |index| format!("Data/T{index}"), "x");
        for index in 0..10 {
            template["Resources"][format!("Topic{index:04}")]["Properties"]["DeliveryStatusLogging"] = json!([]);
            template["Resources"][format!("Topic{index:04}")]["Metadata"]["Weight"] =
                "x".repeat(bytes / 10 + index).into();
        }
        at_home(template)
    };
    assert_eq!(findings(&heavy(1_040_000)), Vec::<String>::new());
    check_assembly(
        &heavy(1_048_000),
        &[
            "Data: the template has 1,049,550 bytes without white space, wanted 1,048,576 at most; the largest constructs: `Data/T9` 104,945, `Data/T8` 104,944, `Data/T7` 104,943, `Data/T6` 104,942, `Data/T5` 104,941, `Data/T4` 104,940, `Data/T3` 104,939, `Data/T2` 104,938, `Data/T1` 104,937, `Data/T0` 104,936 [validate::template-too-large]",
        ],
    );
    let mut pretty = heavy(1_040_000);
    let text: Json = serde_json::from_str(&pretty.templates["Data.template.json"]).unwrap();
    let white_space = " ".repeat(100_000);
    pretty.templates.insert("Data.template.json".into(), format!("{text}{white_space}"));
    check_assembly(&pretty, &[]);
}

#[test]
fn dynamic_references() {
    let reference = "{{resolve:ssm:/a}}";
    check_assembly(&at_home(many(60, |index| format!("Data/T{index}"), reference)), &[]);
    check_assembly(
        &at_home(many(61, |index| format!("Data/T{}/{index}", index % 4), reference)),
        &[
            "Data: the template has 61 dynamic references, wanted 60 at most; the largest constructs: `Data/T1` 15, `Data/T2` 15, `Data/T3` 15, `Data/T0/0` 1, `Data/T0/12` 1, `Data/T0/16` 1, `Data/T0/20` 1, `Data/T0/24` 1, `Data/T0/28` 1, `Data/T0/32` 1 [validate::too-many-dynamic-references]",
        ],
    );
}
