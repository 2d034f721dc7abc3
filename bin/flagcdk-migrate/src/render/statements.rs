//! The statements of the function that adds a stack.

use std::fmt::Write as _;

use flagcdk_core::RemovalPolicy;

use super::format::{EMPTY_LINE, STACK_METHOD};
use super::literals::{self, JsonLiterals};
use super::values::Writer;
use super::variables::Variables;
use crate::code::{Code, Test};
use crate::program::{MappingCode, OutputCode, ParameterCode, Program, Removal, ResourceCode};
use crate::types::Kind;

/// All statements, the last of which leaves the stack in the variable `stack`.
pub(super) fn body(program: &Program, stack_id: &str, variables: &Variables, json: &mut JsonLiterals) -> String {
    let mut writer = Writer { program, variables, json };
    let mut body = format!("let stack = app.stack({stack_id:?}, Placement::Home)");
    if let Some(text) = program.description.as_ref().filter(|text| !text.is_empty()) {
        let _ = write!(body, ".describe({})", literals::text(text));
    }
    body.push_str(";\n");
    for json in &program.transforms {
        let _ = writeln!(body, "{STACK_METHOD}transform({});", plain(json, &mut writer));
    }
    for (name, json) in &program.metadata {
        let _ = writeln!(body, "{STACK_METHOD}metadata({}, {});", literals::text(name), plain(json, &mut writer));
    }
    begin(&mut body, program.parameters.is_empty());
    for (name, code) in &program.parameters {
        let declaration = format!("{STACK_METHOD}parameter({name:?}, {})", parameter(code, &mut writer));
        declare(&mut body, variables.parameters.get(name), &declaration);
    }
    begin(&mut body, program.rules.is_empty());
    for (name, json) in &program.rules {
        let _ = writeln!(body, "{STACK_METHOD}rule({name:?}, {});", writer.json.add(json));
    }
    begin(&mut body, program.mappings.is_empty());
    for (name, rows) in &program.mappings {
        let _ = writeln!(body, "{STACK_METHOD}mapping({name:?}, {});", mapping(rows, &mut writer));
    }
    begin(&mut body, program.conditions.is_empty());
    for (name, condition) in &program.conditions {
        let declaration =
            format!("{STACK_METHOD}condition({name:?}, {})", test(condition, &mut writer, Place::Declared));
        declare(&mut body, variables.conditions.get(name), &declaration);
    }
    for code in &program.resources {
        begin(&mut body, false);
        resource(&mut body, code, &mut writer);
    }
    begin(&mut body, program.outputs.is_empty());
    for (name, code) in &program.outputs {
        output(&mut body, name, code, &mut writer);
    }
    begin(&mut body, program.entries.is_empty());
    for (path, code) in &program.entries {
        let value = writer.anything(code).into_expr();
        let _ = writeln!(body, "{STACK_METHOD}template_entry({path:?}, {value});");
    }
    body
}

/// An empty line before what belongs together.
fn begin(body: &mut String, is_empty: bool) {
    if !is_empty {
        body.push_str(EMPTY_LINE);
        body.push('\n');
    }
}

fn declare(body: &mut String, variable: Option<&String>, declaration: &str) {
    let _ = match variable {
        Some(variable) => writeln!(body, "let {variable} = {declaration};"),
        None => writeln!(body, "{declaration};"),
    };
}

fn parameter(code: &ParameterCode, writer: &mut Writer<'_>) -> String {
    let mut source = match code.kind.as_str() {
        "String" => "Parameter::string()".to_owned(),
        kind => format!("Parameter::of_type({kind:?})"),
    };
    if let Some(default) = &code.default {
        let _ = write!(source, ".default_value({})", literals::text(default));
    }
    if let Some(text) = &code.description {
        let _ = write!(source, ".description({})", literals::text(text));
    }
    if code.no_echo {
        source.push_str(".no_echo()");
    }
    source + &constraints(code, writer)
}

/// What a parameter says of its values.
fn constraints(code: &ParameterCode, writer: &mut Writer<'_>) -> String {
    let number = |name: &str| code.more.iter().find(|(known, _)| known == name)?.1.as_i64();
    let length =
        [number("MinLength"), number("MaxLength")].map(|number| number.and_then(|number| u32::try_from(number).ok()));
    let range = [number("MinValue"), number("MaxValue")];
    let mut source = String::new();
    for (name, json) in &code.more {
        let _ = match (name.as_str(), json, length, range) {
            ("AllowedValues", serde_json::Value::Array(values), ..)
                if values.iter().all(serde_json::Value::is_string) =>
            {
                let values: Vec<String> = values.iter().filter_map(|json| json.as_str().map(literals::text)).collect();
                write!(source, ".allowed_values([{}])", values.join(", "))
            }
            ("AllowedPattern", serde_json::Value::String(text), ..) => {
                write!(source, ".allowed_pattern({})", literals::text(text))
            }
            ("ConstraintDescription", serde_json::Value::String(text), ..) => {
                write!(source, ".constraint_description({})", literals::text(text))
            }
            ("MinLength", _, [Some(least), Some(most)], _) => write!(source, ".length({least}, {most})"),
            ("MinValue", _, _, [Some(least), Some(most)]) => write!(source, ".range({least}, {most})"),
            ("MaxLength", _, [Some(_), Some(_)], _) | ("MaxValue", _, _, [Some(_), Some(_)]) => Ok(()),
            _ => write!(source, ".with({name:?}, {})", plain(json, writer)),
        };
    }
    source
}

/// JSON where an `impl Into<Json>` is taken.
fn plain(json: &serde_json::Value, writer: &mut Writer<'_>) -> String {
    match json {
        serde_json::Value::String(text) => literals::text(text),
        serde_json::Value::Bool(value) => value.to_string(),
        serde_json::Value::Number(number) if number.as_i64().is_some_and(|value| i32::try_from(value).is_ok()) => {
            number.to_string()
        }
        other => writer.json.add(other),
    }
}

fn mapping(rows: &MappingCode, writer: &mut Writer<'_>) -> String {
    let values = || rows.iter().flat_map(|(_, row)| row.iter().map(|(_, value)| value));
    let are_texts = values().all(serde_json::Value::is_string);
    let is_even = rows.iter().all(|(_, row)| row.len() == rows[0].1.len());
    let rows: Vec<String> = rows
        .iter()
        .map(|(key, row)| {
            let row: Vec<String> = row
                .iter()
                .map(|(key, value)| {
                    let value = if are_texts { plain(value, writer) } else { writer.json.add(value) };
                    format!("({}, {value})", literals::text(key))
                })
                .collect();
            let row = format!("[{}]", row.join(", "));
            let row = if is_even { row } else { format!("Vec::from({row})") };
            format!("({}, {row})", literals::text(key))
        })
        .collect();
    format!("[{}]", rows.join(", "))
}

/// Where a test stands: a condition by its name is written in other ways.
#[derive(Clone, Copy)]
enum Place {
    Declared,
    Inside,
}

fn test(code: &Test, writer: &mut Writer<'_>, place: Place) -> String {
    let all = |tests: &[Test], writer: &mut Writer<'_>| {
        tests.iter().map(|code| test(code, writer, Place::Inside)).collect::<Vec<_>>().join(", ")
    };
    match code {
        Test::Equals(left, right) => {
            let (left, right) = (writer.argument(left, &Kind::Text), writer.argument(right, &Kind::Text));
            format!("Condition::equals({}, {})", left.source, right.source)
        }
        Test::Not(inner) => format!("Condition::not({})", test(inner, writer, Place::Declared)),
        Test::All(tests) => format!("Condition::all([{}])", all(tests, writer)),
        Test::Any(tests) => format!("Condition::any([{}])", all(tests, writer)),
        Test::Raw(json) => match place {
            Place::Declared => writer.json.add(json),
            Place::Inside => format!("{}.into()", writer.json.add(json)),
        },
        Test::Named(name) => {
            let variable = &writer.variables.conditions[name];
            match place {
                Place::Declared => format!("&{variable}"),
                Place::Inside => format!("(&{variable}).into()"),
            }
        }
    }
}

fn resource(body: &mut String, code: &ResourceCode, writer: &mut Writer<'_>) {
    let (start, without_setter) = match &code.generated {
        Some(generated) => (format!("cfn::{}::new()", generated.path), "with"),
        None => (format!("RawResource::new({:?})", code.type_name), "set"),
    };
    let value = writer.fields(start, &code.properties, without_setter);
    let calls = calls(code, writer);
    let added = format!("{STACK_METHOD}add({:?}, {value})", code.id);
    let _ = match writer.variables.resources.get(&code.id) {
        Some(variable) if calls.is_empty() => writeln!(body, "let {variable} = {added};"),
        Some(variable) => writeln!(body, "let {variable} = {added};\n{variable}{calls};"),
        None => writeln!(body, "{added}{calls};"),
    };
}

/// What is said of a resource beside its properties.
fn calls(code: &ResourceCode, writer: &mut Writer<'_>) -> String {
    let mut calls = String::new();
    // The core makes logical ids begin with a capital.
    if code.id.starts_with(|first: char| first.is_ascii_lowercase()) {
        let _ = write!(calls, ".override_logical_id({:?})", code.id);
    }
    if let Some(name) = &code.condition {
        let _ = write!(calls, ".condition(&{})", writer.variables.conditions[name]);
    }
    for other in &code.depends_on {
        let _ = write!(calls, ".depends_on(&{})", writer.variables.resources[other]);
    }
    calls.push_str(&policies(code.removal));
    for (name, json) in &code.metadata {
        let _ = write!(calls, ".metadata({}, {})", literals::text(name), plain(json, writer));
    }
    for (name, value) in &code.attributes {
        let value = writer.anything(value).into_expr();
        let _ = match name.as_str() {
            "CreationPolicy" => write!(calls, ".creation_policy({value})"),
            "UpdatePolicy" => write!(calls, ".update_policy({value})"),
            _ => write!(calls, ".override_attribute({name:?}, {value})"),
        };
    }
    calls
}

/// What becomes of a resource: one call where one says both.
fn policies(removal: Removal) -> String {
    match (removal.deletion, removal.replacement) {
        (Some(RemovalPolicy::RetainExceptOnCreate), Some(RemovalPolicy::Retain)) => {
            ".removal_policy(RemovalPolicy::RetainExceptOnCreate)".to_owned()
        }
        (Some(one), Some(other)) if one == other => format!(".removal_policy(RemovalPolicy::{one:?})"),
        (deletion, replacement) => {
            let call = |method: &str, policy: Option<RemovalPolicy>| {
                policy.map(|policy| format!(".{method}(RemovalPolicy::{policy:?})")).unwrap_or_default()
            };
            call("deletion_policy", deletion) + &call("update_replace_policy", replacement)
        }
    }
}

fn output(body: &mut String, name: &str, code: &OutputCode, writer: &mut Writer<'_>) {
    let value = writer.argument(&code.value, &Kind::Text).source;
    let _ = match (&code.description, &code.export, &code.condition) {
        (None, None, None) => writeln!(body, "{STACK_METHOD}output({name:?}, {value});"),
        (Some(text), None, None) => {
            writeln!(body, "{STACK_METHOD}described_output({name:?}, {value}, {});", literals::text(text))
        }
        (description, export, condition) => {
            let mut output = format!("Output::new({value})");
            if let Some(text) = description {
                let _ = write!(output, ".description({})", literals::text(text));
            }
            if let Some(export) = export {
                let _ = write!(output, ".export_name({})", export_name(export, writer));
            }
            if let Some(condition) = condition {
                let _ = write!(output, ".condition(&{})", writer.variables.conditions[condition]);
            }
            writeln!(body, "{STACK_METHOD}add_output({name:?}, {output});")
        }
    };
}

fn export_name(code: &Code, writer: &mut Writer<'_>) -> String {
    writer.argument(code, &Kind::Text).source
}
