use std::collections::BTreeMap;

use flagcdk_assembly::{Assembly, AssetUse, Capability, LookUp, LookUpKind, Placement, Region, TextSource, Wire};
use serde_json::{Value as Json, json};

use crate::{assembly, check_assembly, resources, stack, topic};

fn plain() -> Json {
    json!({
        "Parameters": { "In": { "Type": "String", "Default": "" } },
        "Resources": { "A": topic() },
        "Outputs": { "Out": { "Value": { "Ref": "A" } } },
    })
}

/// Two stacks, the second of which waits for the first.
fn two() -> Assembly {
    let mut app =
        assembly([(stack("Keys", Placement::Home), plain()), (stack("Data", Placement::EveryRegion), plain())]);
    app.manifest.stacks[1].depends_on = vec!["Keys".into()];
    app
}

/// Holds the findings of two stacks after a change.
#[track_caller]
fn check(change: impl FnOnce(&mut Assembly), expected: &[&str]) {
    let mut app = two();
    change(&mut app);
    check_assembly(&app, expected);
}

#[test]
fn stacks() {
    check(|_| {}, &[]);
    check(
        |app| app.manifest.stacks[1].id = "Keys".into(),
        &["Keys: two stacks have this id [validate::duplicate-stack]"],
    );
    check(
        |app| app.manifest.stacks[1].name = "dev-shop-keys".into(),
        &["Data: the stack has the name `dev-shop-keys`, as `Keys` has [validate::duplicate-stack]"],
    );
    check(
        |app| app.manifest.stacks[1].name = "1-shop".into(),
        &["Data: the name `1-shop` is not a letter followed by letters, digits and hyphens [validate::bad-name]"],
    );
    check(
        |app| app.manifest.stacks[1].name = "shop_data".into(),
        &["Data: the name `shop_data` is not a letter followed by letters, digits and hyphens [validate::bad-name]"],
    );
    check(
        |app| app.manifest.stacks[1].name = String::new(),
        &["Data: the name `` is not a letter followed by letters, digits and hyphens [validate::bad-name]"],
    );
    check(
        |app| app.manifest.stacks[1].name = "a".repeat(129),
        &[
            "Data: the name `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has 129 characters, wanted 128 at most [validate::bad-name]",
        ],
    );
    check(
        |app| app.manifest.stacks[1].name = "flagcdk-bootstrap".into(),
        &["Data: the name `flagcdk-bootstrap` is that of the stack with the asset bucket [validate::bad-name]"],
    );
    check(
        |app| app.manifest.stacks[1].description = "é".repeat(513),
        &["Data: the description has 1,026 bytes, wanted 1,024 at most [validate::description-too-long]"],
    );
    check(
        |app| app.manifest.stacks[1].template = "../Data.json".into(),
        &[
            "Data: the template `../Data.json` is not the name of a file in the assembly's directory [validate::bad-name]",
            "Data: the template `../Data.json` is not in the assembly [validate::missing-template]",
        ],
    );
    check(
        |app| drop(app.templates.remove("Data.template.json")),
        &["Data: the template `Data.template.json` is not in the assembly [validate::missing-template]"],
    );
}

#[test]
fn regions() {
    check(
        |app| app.manifest.regions = vec![],
        &["shop: the home region `eu-west-1` is not one of the app's regions: none [validate::regions]"],
    );
    check(
        |app| app.manifest.regions = vec![Region::US_EAST_1],
        &["shop: the home region `eu-west-1` is not one of the app's regions: `us-east-1` [validate::regions]"],
    );
    check(
        |app| app.manifest.regions = vec![Region::EU_WEST_1, Region::EU_WEST_1, Region::CN_NORTH_1],
        &[
            "shop: `cn-north-1` is in partition `aws-cn`, the home region `eu-west-1` in `aws` [validate::regions]",
            "shop: the region `eu-west-1` is listed twice [validate::regions]",
        ],
    );
}

#[test]
fn order() {
    check(
        |app| app.manifest.stacks[1].depends_on = vec!["Key".into()],
        &["Data: the manifest has no stack `Key` [validate::unknown-stack]"],
    );
    check(
        |app| app.manifest.stacks[0].depends_on = vec!["Keys".into()],
        &["Keys: stacks need each other: `Keys` -> `Keys` [validate::stack-cycle]"],
    );
    check(
        |app| app.manifest.stacks[0].depends_on = vec!["Data".into()],
        &[
            "Keys: stacks need each other: `Keys` -> `Data` -> `Keys` [validate::stack-cycle]",
            "Keys: the stack needs `Data`, which comes after it in the manifest [validate::stack-order]",
        ],
    );
    check(
        |app| app.manifest.stacks.reverse(),
        &["Data: the stack needs `Keys`, which comes after it in the manifest [validate::stack-order]"],
    );
}

#[test]
fn tags() {
    let tags = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    check(|app| app.manifest.stacks[0].tags = tags("team", "shop"), &[]);
    check(
        |app| app.manifest.stacks[0].tags = tags("", &"x".repeat(257)),
        &[
            "Keys: the key of the tag `` has 0 characters, wanted 1 to 128 [validate::bad-tag]",
            "Keys: the value of the tag `` has 257 characters, wanted 1 to 256 [validate::bad-tag]",
        ],
    );
    check(
        |app| app.manifest.stacks[0].tags = tags(&"k".repeat(129), ""),
        &[
            "Keys: the key of the tag `kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk` has 129 characters, wanted 1 to 128 [validate::bad-tag]",
            "Keys: the value of the tag `kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk` has 0 characters, wanted 1 to 256 [validate::bad-tag]",
        ],
    );
    check(
        |app| app.manifest.stacks[0].tags = tags("aws:team", "shop"),
        &["Keys: the key of the tag `aws:team` begins with `aws:`, which is AWS's own [validate::bad-tag]"],
    );
    check(
        |app| app.manifest.stacks[0].tags = (0..51).map(|n| (format!("k{n}"), "v".into())).collect(),
        &["Keys: the stack has 51 tags, wanted 50 at most [validate::bad-tag]"],
    );
}

#[test]
fn capabilities() {
    let role = |properties: Json| resources(json!({ "R": { "Type": "AWS::IAM::Role", "Properties": properties } }));
    let check = |properties: Json, capabilities: &[Capability], expected: &[&str]| {
        let mut entry = stack("Data", Placement::Home);
        entry.capabilities = capabilities.to_vec();
        check_assembly(&assembly([(entry, role(properties))]), expected);
    };
    let (plain, named) =
        (json!({ "AssumeRolePolicyDocument": {} }), json!({ "AssumeRolePolicyDocument": {}, "RoleName": "x" }));
    check(
        plain.clone(),
        &[],
        &[
            "Data/R: the template makes `AWS::IAM::Role`, and the manifest does not acknowledge it by `CAPABILITY_IAM` [validate::missing-capability]",
        ],
    );
    check(plain.clone(), &[Capability::Iam], &[]);
    check(plain, &[Capability::NamedIam], &[]);
    check(
        named.clone(),
        &[Capability::Iam],
        &[
            "Data/R: `AWS::IAM::Role` has a name of its own, and the manifest does not acknowledge it by `CAPABILITY_NAMED_IAM` [validate::missing-capability]",
        ],
    );
    check(named, &[Capability::NamedIam], &[]);
}

#[test]
fn wires() {
    let wire = |parameter: &str, stack: &str, output: &str| Wire {
        parameter: parameter.into(),
        stack: stack.into(),
        output: output.into(),
    };
    check(|app| app.manifest.stacks[1].wires = vec![wire("In", "Keys", "Out")], &[]);
    check(
        |app| app.manifest.stacks[1].wires = vec![wire("Inn", "Key", "Out")],
        &[
            "Data at Parameters.Inn: the manifest gives a value to `Inn`, and the template has no such parameter [validate::unknown-parameter]",
            "Data at Parameters.Inn: the manifest has no stack `Key` [validate::unknown-stack]",
        ],
    );
    check(
        |app| app.manifest.stacks[1].wires = vec![wire("In", "Keys", "Outt"), wire("In", "Keys", "Out")],
        &[
            "Data at Parameters.In: two wires or assets give the parameter its value [validate::parameter-given-twice]",
            "Data at Parameters.In: the stack `Keys` has no output `Outt` [validate::unknown-output]",
        ],
    );
    check(
        |app| app.manifest.stacks[0].wires = vec![wire("In", "Data", "Out")],
        &[
            "Keys: stacks need each other: `Keys` -> `Data` -> `Keys` [validate::stack-cycle]",
            "Keys: the stack needs `Data`, which comes after it in the manifest [validate::stack-order]",
            "Keys at Parameters.In: the value comes from `Data`, which is in every region and has one output in each [validate::wire-from-every-region]",
        ],
    );
    check(
        |app| {
            app.manifest.stacks[1].assets = vec![AssetUse { asset: "Code".into(), parameter: "In".into() }];
            app.manifest.stacks[1].wires = vec![wire("In", "Keys", "Out")];
        },
        &[
            "Data at Parameters.In: two wires or assets give the parameter its value [validate::parameter-given-twice]",
            "Data at Parameters.In: the manifest has no asset `Code` [validate::unknown-asset]",
        ],
    );
    check(
        |app| {
            let mut template = plain();
            template["Parameters"]["In"] = json!({ "Type": "String" });
            app.templates.insert("Data.template.json".into(), template.to_string());
        },
        &[
            "Data at Parameters.In: the parameter has no default, and no wire or asset gives it a value [validate::parameter-without-value]",
        ],
    );
}

#[test]
fn look_ups() {
    let look_up = |table: TextSource| LookUp {
        mapping: "Streams".into(),
        key: "Arn".into(),
        kind: LookUpKind::DynamodbStream { table },
    };
    let name = || TextSource::Literal { text: "flags".into() };
    let with = |regions: &[&str]| {
        let mut template = plain();
        for region in regions {
            template["Mappings"]["Streams"][*region] = json!({ "Arn": "unresolved" });
        }
        template.to_string()
    };
    check(
        |app| {
            app.manifest.stacks[1].look_ups = vec![look_up(name())];
            app.templates.insert("Data.template.json".into(), with(&["eu-west-1", "us-east-1"]));
        },
        &[],
    );
    check(
        |app| {
            app.manifest.stacks[1].look_ups = vec![look_up(name())];
            app.templates.insert("Data.template.json".into(), with(&["eu-west-1"]));
        },
        &["Data at Mappings.Streams: the mapping has no place for `Arn` in `us-east-1` [validate::unknown-mapping]"],
    );
    check(
        |app| app.manifest.stacks[1].look_ups = vec![look_up(name())],
        &[
            "Data at Mappings.Streams: the template has no mapping `Streams` for the look-up of `Arn` [validate::unknown-mapping]",
        ],
    );
    check(
        |app| {
            let table = TextSource::Output { stack: "Keys".into(), output: "Table".into() };
            app.manifest.stacks[1].look_ups = vec![look_up(table)];
            app.templates.insert("Data.template.json".into(), with(&["eu-west-1", "us-east-1"]));
        },
        &["Data at Mappings.Streams: the stack `Keys` has no output `Table` [validate::unknown-output]"],
    );
}
