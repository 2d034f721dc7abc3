//! Schemas as they occur, and what becomes of them.

use serde_json::{Value, json};

use super::lower;
use crate::model::{Kind, Resource, Struct};

/// A schema of a type with one property and the definitions.
fn of_property(property: &Value, definitions: &Value) -> Resource {
    let schema = json!({ "typeName": "A::B::Thing", "properties": { "It": property }, "definitions": definitions });
    lower("A::B::Thing", &schema, &Value::Null)
}

#[track_caller]
fn check_kind(property: &Value, definitions: &Value, expected: &Kind) {
    let resource = of_property(property, definitions);
    assert_eq!(&resource.structs[0].properties[0].kind, expected);
}

fn named<'a>(resource: &'a Resource, name: &str) -> &'a Struct {
    resource.structs.iter().find(|structure| structure.name == name).unwrap()
}

/// Setters with a star where they are required.
fn setters(structure: &Struct) -> Vec<String> {
    let star = |required: &Option<String>| if required.is_some() { "*" } else { "" };
    structure.properties.iter().map(|property| format!("{}{}", property.setter, star(&property.required))).collect()
}

#[test]
fn kinds() {
    let list = |kind| Kind::List(Box::new(kind));
    let map = |kind| Kind::Map(Box::new(kind));
    let none = json!({});
    check_kind(&json!({ "type": "string" }), &none, &Kind::Text);
    check_kind(&json!({ "type": "boolean" }), &none, &Kind::Boolean);
    check_kind(&json!({ "type": "integer" }), &none, &Kind::Integer);
    check_kind(&json!({ "type": "number" }), &none, &Kind::Number);
    check_kind(&json!({ "type": ["boolean", "null"] }), &none, &Kind::Boolean);
    check_kind(&json!({ "type": ["string", "integer"] }), &none, &Kind::Text);
    check_kind(&json!({ "type": ["string", "object"] }), &none, &Kind::Json);
    check_kind(&json!({ "type": "object" }), &none, &Kind::Json);
    check_kind(&json!({}), &none, &Kind::Json);
    check_kind(&json!({ "type": "array", "items": { "type": "string" } }), &none, &list(Kind::Text));
    check_kind(&json!({ "type": "array" }), &none, &list(Kind::Json));
    let by_pattern = json!({ "type": "object", "patternProperties": { ".*": { "type": "integer" } } });
    check_kind(&by_pattern, &none, &map(Kind::Integer));
    check_kind(&json!({ "type": "object", "additionalProperties": { "type": "string" } }), &none, &map(Kind::Text));
    check_kind(&json!({ "type": "string", "enum": ["a", "b"] }), &none, &Kind::Enum("It".to_owned()));
    check_kind(&json!({ "type": "integer", "enum": [1, 2] }), &none, &Kind::Integer);
    check_kind(&json!({ "anyOf": [{ "type": "string" }, { "type": "boolean" }] }), &none, &Kind::Text);
    check_kind(&json!({ "oneOf": [{ "type": "string" }, { "type": "object" }] }), &none, &Kind::Json);
    let catalog: Vec<String> = (0..100).map(|number| format!("t{number}")).collect();
    check_kind(&json!({ "type": "string", "enum": catalog }), &none, &Kind::Text);
}

#[test]
fn references_to_definitions() {
    let it = json!({ "$ref": "#/definitions/D" });
    check_kind(&it, &json!({ "D": { "type": "string" } }), &Kind::Text);
    check_kind(&it, &json!({ "D": { "enum": ["a"] } }), &Kind::Enum("D".to_owned()));
    check_kind(&it, &json!({ "D": { "properties": { "A": { "type": "string" } } } }), &Kind::Struct("D".to_owned()));
    check_kind(&json!({ "allOf": [it] }), &json!({ "D": { "type": "string" } }), &Kind::Text);
    let items = json!({ "type": "object", "properties": { "A": { "type": "string" } } });
    let list = json!({ "D": { "type": "array", "items": items } });
    check_kind(&it, &list, &Kind::List(Box::new(Kind::Struct("D".to_owned()))));
    let tag = json!({ "Tag": { "properties": { "Key": { "type": "string" }, "Value": { "type": "string" } } } });
    check_kind(&json!({ "$ref": "#/definitions/Tag" }), &tag, &Kind::Tag);
    // A definition with the resource's own name.
    let own = json!({ "Thing": { "properties": { "A": { "type": "string" } } } });
    check_kind(&json!({ "$ref": "#/definitions/Thing" }), &own, &Kind::Struct("ThingProperty".to_owned()));
    // A definition within itself.
    let circle = json!({ "D": { "properties": { "Inner": { "$ref": "#/definitions/D" } } } });
    check_kind(&it, &circle, &Kind::Struct("D".to_owned()));
}

#[test]
fn variants_are_one_type_that_requires_what_each_requires() {
    let variants = json!({ "type": "object", "oneOf": [
        { "properties": { "A": { "type": "string" }, "C": { "type": "integer" } }, "required": ["A", "C"] },
        { "properties": { "B": { "type": "string" }, "C": {} }, "required": ["B", "C"] },
    ] });
    let resource = of_property(&variants, &json!({}));
    assert_eq!(setters(named(&resource, "It")), ["a", "b", "c*"]);
    assert_eq!(named(&resource, "It").properties[2].kind, Kind::Integer);
}

#[test]
fn a_union_with_json_has_a_type_that_stands_for_it() {
    let union = json!({ "type": ["object", "string"], "properties": { "maxCount": { "type": "integer" } } });
    let resource = of_property(&union, &json!({}));
    assert_eq!(resource.structs[0].properties[0].kind, Kind::Json);
    assert!(named(&resource, "It").is_json);
    assert_eq!(setters(named(&resource, "It")), ["max_count"]);
}

#[test]
fn what_is_written_twice_is_one_type() {
    let object = json!({ "type": "object", "properties": { "Mode": { "type": "string", "enum": ["a", "b"] } } });
    let other = json!({ "type": "object", "properties": { "Mode": { "type": "string", "enum": ["c"] } } });
    let within = |it: &Value| json!({ "type": "object", "properties": { "It": it } });
    let schema = json!({ "typeName": "A::B::Thing", "properties": {
        "One": within(&object), "Other": within(&object), "Third": within(&other),
    } });
    let resource = lower("A::B::Thing", &schema, &Value::Null);
    let names: Vec<&str> = resource.structs.iter().map(|structure| structure.name.as_str()).collect();
    assert_eq!(names, ["Thing", "It", "One", "Other", "Third", "ThirdIt"]);
    let names: Vec<&str> = resource.enums.iter().map(|enumeration| enumeration.name.as_str()).collect();
    assert_eq!(names, ["Mode", "ThirdItMode"]);
}

#[test]
fn read_only_properties_are_attributes() {
    let text = json!({ "type": "string" });
    let schema = json!({
        "typeName": "A::B::Thing",
        "properties": {
            "Name": text,
            "Arn": text,
            "Secret": { "type": "object", "properties": { "SecretArn": text, "KeyId": text } },
            "Endpoint": { "type": "object", "properties": { "Address": text, "Port": { "type": "integer" } } },
            "Names": { "type": "array", "items": text },
        },
        "required": ["Name"],
        "readOnlyProperties": [
            "/properties/Arn", "/properties/Secret/SecretArn", "/properties/Endpoint/Address", "/properties/Endpoint/Port",
            "/properties/Names", "/properties/Parts/*/Id",
        ],
        "additionalAttributes": ["Name"],
        "createOnlyProperties": ["/properties/Name"],
        "primaryIdentifier": ["/properties/Arn"],
    });
    let resource = lower("A::B::Thing", &schema, &Value::Null);
    assert_eq!(setters(&resource.structs[0]), ["name*", "secret"]);
    assert_eq!(setters(named(&resource, "Secret")), ["key_id"]);
    assert_eq!(resource.structs[0].properties[0].facts, ["A change replaces the resource."]);
    let attributes: Vec<(&str, &Kind)> =
        resource.attributes.iter().map(|attribute| (attribute.constant.as_str(), &attribute.kind)).collect();
    let expected = [
        ("ARN", &Kind::Arn),
        ("ENDPOINT_ADDRESS", &Kind::Text),
        ("ENDPOINT_PORT", &Kind::Integer),
        ("NAME", &Kind::Text),
        ("NAMES", &Kind::List(Box::new(Kind::Text))),
        ("SECRET_SECRET_ARN", &Kind::Arn),
    ];
    assert_eq!(attributes, expected);
    assert_eq!(resource.reference, Kind::Arn);
}
