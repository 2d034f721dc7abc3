//! The program as data: applied to a stack of the core, without a compiler.

use std::collections::BTreeMap;

use flagcdk_core::{
    App, Condition, Expr, Handle, Output, Parameter, Placement, RawResource, Region, Stack, SynthError,
    Test as CoreTest, Value,
};
use serde_json::Value as Json;

use crate::code::{Code, Pseudo, Test};
use crate::program::{OutputCode, ParameterCode, Program, ResourceCode};

/// The template that the program synthesizes.
///
/// # Errors
/// What the core finds wrong.
pub(crate) fn synthesize(program: &Program) -> Result<Json, SynthError> {
    let app = App::new("migrated", Region::US_EAST_1);
    let stack = app.stack("Stack", Placement::Home);
    Applied { stack: &stack, conditions: BTreeMap::new(), resources: BTreeMap::new() }.apply(program);
    let stack = stack.describe(program.description.clone().unwrap_or_default());
    let template = app.synth()?.template(&stack.id()).to_owned();
    Ok(serde_json::from_str(&template).expect("the core writes JSON"))
}

struct Applied<'a> {
    stack: &'a Stack,
    conditions: BTreeMap<&'a str, Condition>,
    resources: BTreeMap<&'a str, Handle<RawResource>>,
}

impl<'a> Applied<'a> {
    fn apply(&mut self, program: &'a Program) {
        for (name, json) in &program.metadata {
            self.stack.metadata(name, json.clone());
        }
        for json in &program.transforms {
            self.stack.transform(json.clone());
        }
        for (name, code) in &program.parameters {
            self.stack.parameter(name, parameter(code));
        }
        for (name, json) in &program.rules {
            self.stack.rule(name, json.clone());
        }
        for (name, rows) in &program.mappings {
            self.stack.mapping(name, rows.iter().cloned());
        }
        for (name, test) in &program.conditions {
            let condition = self.stack.condition(name, self.test(test));
            self.conditions.insert(name, condition);
        }
        for resource in &program.resources {
            self.resource(resource);
        }
        for (name, code) in &program.outputs {
            self.stack.add_output(name, self.output(code));
        }
        for (path, code) in &program.entries {
            self.stack.template_entry(path.iter().cloned(), self.expr(code));
        }
    }

    fn resource(&mut self, code: &'a ResourceCode) {
        let mut raw = RawResource::new(&code.type_name);
        for field in &code.properties {
            raw = raw.set(field.name.clone(), self.expr(&field.value));
        }
        let handle = self.stack.add(&code.id, raw);
        handle.override_logical_id(&code.id);
        if let Some(condition) = code.condition.as_ref().and_then(|name| self.conditions.get(name.as_str())) {
            handle.condition(condition);
        }
        for other in code.depends_on.iter().filter_map(|name| self.resources.get(name.as_str())) {
            handle.depends_on(other);
        }
        if let Some(policy) = code.removal.deletion {
            handle.deletion_policy(policy);
        }
        if let Some(policy) = code.removal.replacement {
            handle.update_replace_policy(policy);
        }
        for (name, json) in &code.metadata {
            handle.metadata(name, json.clone());
        }
        for (name, value) in &code.attributes {
            handle.override_attribute(name, self.expr(value));
        }
        self.resources.insert(&code.id, handle);
    }

    fn output(&self, code: &OutputCode) -> Output {
        let mut output = Output::new(self.text(&code.value));
        if let Some(text) = &code.description {
            output = output.description(text);
        }
        if let Some(name) = &code.export {
            output = output.export_name(self.text(name));
        }
        match code.condition.as_ref().and_then(|name| self.conditions.get(name.as_str())) {
            Some(condition) => output.condition(condition),
            None => output,
        }
    }

    fn test(&self, test: &Test) -> CoreTest {
        let all = |tests: &[Test]| tests.iter().map(|test| self.test(test)).collect::<Vec<_>>();
        match test {
            Test::Equals(left, right) => Condition::equals(self.text(left), self.text(right)),
            Test::Not(inner) => Condition::not(self.test(inner)),
            Test::All(tests) => Condition::all(all(tests)),
            Test::Any(tests) => Condition::any(all(tests)),
            Test::Raw(json) => json.clone().into(),
            Test::Named(name) => CoreTest::from(&self.conditions[name.as_str()]),
        }
    }

    fn text(&self, code: &Code) -> Value<String> {
        Value::from_expr(self.expr(code))
    }

    fn expr(&self, code: &Code) -> Expr {
        match code {
            Code::Text(text) | Code::Constant(_, _, text) => text.clone().into(),
            Code::Bool(value) => (*value).into(),
            Code::Integer(value) => (*value).into(),
            Code::Number(value) => Expr::Number(*value),
            Code::List(items) => Expr::List(items.iter().map(|item| self.expr(item)).collect()),
            Code::Map(entries) => Expr::map(entries.iter().map(|(name, value)| (name.clone(), self.expr(value)))),
            Code::Struct(_, fields) => {
                Expr::map(fields.iter().map(|field| (field.name.clone(), self.expr(&field.value))))
            }
            Code::Json(json) => json.clone().into(),
            Code::Untyped(inner) => self.expr(inner),
            Code::Reference(id) => self.resources[id.as_str()].reference().into(),
            Code::Attribute(id, name) => self.resources[id.as_str()].raw_attribute::<String>(name.clone()).into(),
            Code::Parameter(name) => Expr::Parameter(name.clone()),
            Code::Pseudo(pseudo) => pseudo_value(*pseudo).into(),
            Code::Concat(parts) => Value::concat(parts.iter().map(|part| self.text(part))).into(),
            Code::Sub(template, variables) => {
                Value::sub(template, variables.iter().map(|(name, code)| (name, self.text(code)))).into()
            }
            Code::Join(separator, list) => Value::join(separator, self.list(list)).into(),
            Code::Split(separator, text) => Value::split(separator, self.text(text)).into(),
            Code::Select(index, list) => self.list(list).select(*index).into(),
            Code::If(condition, then, otherwise) => {
                Value::when(&self.conditions[condition.as_str()], self.text(then), self.text(otherwise)).into()
            }
            Code::FindInMap(keys) => {
                let [mapping, first, second] = keys.as_ref();
                Value::<String>::find_in_map(self.text(mapping), self.text(first), self.text(second)).into()
            }
            Code::AvailabilityZones => Value::availability_zones().into(),
            Code::Cidr(block, count, bits) => Value::cidr(self.text(block), *count, *bits).into(),
            Code::Base64(text) => Value::base64(self.text(text)).into(),
            Code::Import(name) => Value::<String>::import(self.text(name)).into(),
        }
    }

    fn list(&self, code: &Code) -> Value<Vec<String>> {
        Value::from_expr(self.expr(code))
    }
}

fn parameter(code: &ParameterCode) -> Parameter {
    let mut parameter = Parameter::of_type(&code.kind);
    if let Some(default) = &code.default {
        parameter = parameter.default_value(default);
    }
    if let Some(text) = &code.description {
        parameter = parameter.description(text);
    }
    if code.no_echo {
        parameter = parameter.no_echo();
    }
    code.more.iter().fold(parameter, |parameter, (name, json)| parameter.with(name, json.clone()))
}

fn pseudo_value(pseudo: Pseudo) -> Value<String> {
    match pseudo {
        Pseudo::AccountId => Value::account_id(),
        Pseudo::NoValue => Value::no_value(),
        Pseudo::Partition => Value::partition(),
        Pseudo::Region => Value::region(),
        Pseudo::StackId => Value::stack_id(),
        Pseudo::StackName => Value::stack_name(),
        Pseudo::UrlSuffix => Value::url_suffix(),
    }
}
