//! Properties against the schema of their type, in the words of CloudFormation's own validation.

use serde_json::{Map, Value};

use super::registry::TypeSchema;

/// Everything that is wrong with the properties of a resource; functions must be evaluated by now.
pub(crate) fn check(schema: &TypeSchema, properties: &Value) -> Vec<String> {
    let mut checker = Checker { schema, findings: Vec::new() };
    checker.object(&schema.document, properties, "#", true);
    checker.findings
}

struct Checker<'a> {
    schema: &'a TypeSchema,
    findings: Vec<String>,
}

impl Checker<'_> {
    fn find(&mut self, path: &str, what: impl std::fmt::Display) {
        self.findings.push(format!("{path}: {what}"));
    }

    fn value(&mut self, schema: &Value, value: &Value, path: &str) {
        let schema = self.schema.resolve(schema);
        if let Some(types) = schema.get("type")
            && !has_type(types, value)
        {
            let expected = match types {
                Value::String(one) => java_name(one).to_owned(),
                several => several.to_string(),
            };
            self.find(path, format_args!("expected type: {expected}, found: {}", found_name(value)));
            return;
        }
        if is_dynamic(value) {
            return;
        }
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
            && !allowed.iter().any(|other| same(other, value))
        {
            self.find(path, format_args!("{} is not a valid enum value", plain(value)));
        }
        if let Some(constant) = schema.get("const")
            && !same(constant, value)
        {
            self.find(path, format_args!("{} is not the constant {}", plain(value), plain(constant)));
        }
        self.text(schema, value, path);
        self.number(schema, value, path);
        match value {
            Value::Array(items) => self.array(schema, items, path),
            Value::Object(_) => self.object(schema, value, path, false),
            _ => {}
        }
        self.combinations(schema, value, path);
    }

    fn text(&mut self, schema: &Value, value: &Value, path: &str) {
        let Some(text) = value.as_str() else { return };
        let length = text.chars().count() as u64;
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        if let Some(min) = bound("minLength").filter(|min| length < *min) {
            self.find(path, format_args!("expected minLength: {min}, actual: {length}"));
        }
        if let Some(max) = bound("maxLength").filter(|max| length > *max) {
            self.find(path, format_args!("expected maxLength: {max}, actual: {length}"));
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !self.schema.matches(pattern, text)
        {
            self.find(path, format_args!("string [{text}] does not match pattern {pattern}"));
        }
    }

    fn number(&mut self, schema: &Value, value: &Value, path: &str) {
        // CloudFormation takes numbers written as strings.
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) if schema.get("type").is_some_and(wants_number) => text.parse().ok(),
            _ => None,
        };
        let Some(number) = number else { return };
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        if let Some(min) = bound("minimum").filter(|min| number < *min) {
            self.find(path, format_args!("{number} is not greater or equal to {min}"));
        }
        if let Some(max) = bound("maximum").filter(|max| number > *max) {
            self.find(path, format_args!("{number} is not less or equal to {max}"));
        }
    }

    fn array(&mut self, schema: &Value, items: &[Value], path: &str) {
        let length = items.len() as u64;
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        if let Some(min) = bound("minItems").filter(|min| length < *min) {
            self.find(path, format_args!("expected minimum item count: {min}, found: {length}"));
        }
        if let Some(max) = bound("maxItems").filter(|max| length > *max) {
            self.find(path, format_args!("expected maximum item count: {max}, found: {length}"));
        }
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            let texts: std::collections::BTreeSet<String> = items.iter().map(Value::to_string).collect();
            if texts.len() < items.len() {
                self.find(path, "array items are not unique");
            }
        }
        if let Some(item_schema) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.value(item_schema, item, &format!("{path}/{index}"));
            }
        }
    }

    fn object(&mut self, schema: &Value, value: &Value, path: &str, is_resource: bool) {
        let Some(members) = value.as_object() else { return };
        if let Some(required) = schema.get("required").and_then(Value::as_array) {
            for name in required.iter().filter_map(Value::as_str) {
                if !members.contains_key(name) {
                    self.find(path, format_args!("required key [{name}] not found"));
                }
            }
        }
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            self.pattern_properties(schema, members, path);
            return;
        };
        let patterned = schema.get("patternProperties").is_some();
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false)) || is_resource;
        for (name, member) in members {
            match properties.get(name) {
                // What only AWS sets cannot be given, unless it can also be given.
                Some(_) if is_resource && self.schema.read_only.contains(name) => {
                    self.find(path, format_args!("extraneous key [{name}] is not permitted"));
                }
                Some(inner) => self.value(inner, member, &format!("{path}/{name}")),
                None if closed && !patterned => {
                    self.find(path, format_args!("extraneous key [{name}] is not permitted"));
                }
                None => {}
            }
        }
    }

    fn pattern_properties(&mut self, schema: &Value, members: &Map<String, Value>, path: &str) {
        let Some(patterns) = schema.get("patternProperties").and_then(Value::as_object) else {
            return;
        };
        for (name, member) in members {
            let inner = patterns.iter().find(|(pattern, _)| self.schema.matches(pattern, name));
            match inner {
                Some((_, inner)) => self.value(inner, member, &format!("{path}/{name}")),
                None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    self.find(path, format_args!("extraneous key [{name}] is not permitted"));
                }
                None => {}
            }
        }
    }

    fn combinations(&mut self, schema: &Value, value: &Value, path: &str) {
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            for inner in all {
                self.value(inner, value, path);
            }
        }
        for keyword in ["anyOf", "oneOf"] {
            let Some(some) = schema.get(keyword).and_then(Value::as_array) else { continue };
            // That only one may hold is not insisted upon: coerced scalars would make two of them hold.
            let holds = some.iter().any(|inner| {
                let mut trial = Checker { schema: self.schema, findings: Vec::new() };
                trial.value(inner, value, path);
                trial.required_only(inner, value, path);
                trial.findings.is_empty()
            });
            if !holds {
                self.find(path, format_args!("#: no subschema matched out of the total {} subschemas", some.len()));
            }
        }
    }

    /// Branches that hold nothing but `required`.
    fn required_only(&mut self, schema: &Value, value: &Value, path: &str) {
        if schema.get("properties").is_none() && schema.get("type").is_none() {
            self.object(schema, value, path, false);
        }
    }
}

/// Whether a value has one of the types, as CloudFormation sees it: scalars written as strings count.
fn has_type(types: &Value, value: &Value) -> bool {
    let one = |name: &str| match name {
        "string" => value.is_string() || value.is_number() || value.is_boolean(),
        "integer" => {
            value.is_i64()
                || value.is_u64()
                || value.as_f64().is_some_and(|number| number.fract() == 0.0)
                || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok() || is_dynamic_text(text))
        }
        "number" => {
            value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok() || is_dynamic_text(text))
        }
        "boolean" => {
            value.is_boolean()
                || value.as_str().is_some_and(|text| matches!(text, "true" | "false") || is_dynamic_text(text))
        }
        // Policy documents may be written as JSON in a string where the schema wants an object.
        "object" => value.is_object() || value.as_str().is_some_and(|text| text.trim_start().starts_with('{')),
        "array" => value.is_array(),
        "null" => value.is_null(),
        _ => true,
    };
    match types {
        Value::String(name) => one(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(one),
        _ => true,
    }
}

fn wants_number(types: &Value) -> bool {
    let numeric = |name: &Value| name == "integer" || name == "number";
    numeric(types) || types.as_array().is_some_and(|names| names.iter().any(numeric))
}

fn is_dynamic(value: &Value) -> bool {
    value.as_str().is_some_and(is_dynamic_text)
}

/// A value that is put in only when the resource is made.
fn is_dynamic_text(text: &str) -> bool {
    text.contains("{{resolve:")
}

fn same(left: &Value, right: &Value) -> bool {
    left == right || plain(left) == plain(right)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The names that the validator of CloudFormation gives to types.
fn java_name(name: &str) -> &str {
    match name {
        "string" => "String",
        "integer" => "Integer",
        "number" => "Number",
        "boolean" => "Boolean",
        "object" => "JSONObject",
        "array" => "JSONArray",
        other => other,
    }
}

fn found_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(_) => "Number",
        Value::String(_) => "String",
        Value::Array(_) => "JSONArray",
        Value::Object(_) => "JSONObject",
    }
}
