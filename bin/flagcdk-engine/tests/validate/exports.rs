use flagcdk_assembly::Placement;
use serde_json::{Value as Json, json};

use crate::{assembly, check_assembly, stack, topic};

fn exporting(name: &str) -> Json {
    json!({ "Resources": { "A": topic() }, "Outputs": { "O": { "Value": { "Ref": "A" }, "Export": { "Name": name } } } })
}

fn importing(name: &str) -> Json {
    json!({ "Resources": { "A": { "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": { "Fn::ImportValue": name } } } } })
}

#[test]
fn imports() {
    use Placement::{EveryRegion, Home};
    let check = |from: Placement, to: Placement, name: &str, expected: &[&str]| {
        let app =
            assembly([(stack("Keys", from), exporting("dev-shop-keys:Arn")), (stack("Data", to), importing(name))]);
        check_assembly(&app, expected);
    };
    check(Home, Home, "dev-shop-keys:Arn", &[]);
    check(EveryRegion, EveryRegion, "dev-shop-keys:Arn", &[]);
    check(EveryRegion, Home, "dev-shop-keys:Arn", &[]);
    check(Home, Home, "somebody-elses", &[]);
    check(
        Home,
        EveryRegion,
        "dev-shop-keys:Arn",
        &[
            "Data/A at DisplayName.Fn::ImportValue: `Keys` exports `dev-shop-keys:Arn` in the home region alone, and this stack is in every region [validate::export-out-of-reach]",
        ],
    );
    check(
        Home,
        Home,
        "dev-shop-keys:Ar",
        &[
            "Data/A at DisplayName.Fn::ImportValue: the stack `Keys` does not export `dev-shop-keys:Ar` [validate::unknown-export]",
        ],
    );
    check(
        Home,
        Home,
        "dev-shop-data:Color",
        &[
            "Data/A at DisplayName.Fn::ImportValue: the stack `Data` does not export `dev-shop-data:Color` [validate::unknown-export]",
        ],
    );
}

#[test]
fn order_and_names() {
    check_assembly(
        &assembly([
            (stack("Data", Placement::Home), importing("dev-shop-keys:Arn")),
            (stack("Keys", Placement::Home), exporting("dev-shop-keys:Arn")),
        ]),
        &[
            "Data/A at DisplayName.Fn::ImportValue: `Keys` exports `dev-shop-keys:Arn`, and is deployed later [validate::export-out-of-reach]",
        ],
    );
    check_assembly(
        &assembly([
            (stack("A", Placement::Home), exporting("x")),
            (stack("B", Placement::EveryRegion), exporting("x")),
        ]),
        &["B at Outputs.O.Export.Name: `x` is exported by the output `O` of `A` already [validate::duplicate-export]"],
    );
    check_assembly(
        &assembly([(stack("A", Placement::Home), exporting(""))]),
        &["A at Outputs.O.Export.Name: the name has 0 bytes, wanted 1 to 255 [validate::bad-value]"],
    );
    let mut both = exporting("x");
    both["Resources"]["B"] = importing("x")["Resources"]["A"].clone();
    check_assembly(
        &assembly([(stack("A", Placement::Home), both)]),
        &[
            "A/B at DisplayName.Fn::ImportValue: the stack imports what it exports itself [validate::export-out-of-reach]",
        ],
    );
}
