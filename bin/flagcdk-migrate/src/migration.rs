//! A template on its way to Rust.

use std::collections::BTreeSet;

use flagcdk_assembly::Finding;
use flagcdk_core::SynthError;
use serde_json::Value as Json;

use crate::code::{Code, Field};
use crate::normal::{Difference, differences};
use crate::program::Program;
use crate::types::Types;
use crate::{Source, apply, check, render};

/// A template that was checked, and what it becomes.
#[derive(Debug)]
pub struct Migration {
    source: Source,
    program: Program,
}

/// How much of a template has typed code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Resources of generated types.
    pub typed_resources: usize,
    /// Resources of types that are not generated, such as those of transforms, and loops that make resources.
    pub raw_resources: usize,
    /// Properties of resources and property types that are set by typed setters.
    pub typed_properties: usize,
    /// Properties whose value is an untyped expression.
    pub raw_properties: usize,
}

impl Migration {
    /// What a template becomes.
    ///
    /// # Errors
    /// Everything that is wrong with the template, each with file, line, column, path and what to do.
    pub fn of(source: Source) -> Result<Self, Vec<Finding>> {
        let findings = check::check(&source);
        if !findings.is_empty() {
            return Err(findings);
        }
        let program = Program::of(&source, &Types::default());
        Ok(Self { source, program })
    }

    /// The template that was read.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The template that the migrated stack synthesizes, made by the core in this process.
    ///
    /// # Errors
    /// What the core finds wrong with the stack.
    pub fn synthesize(&self) -> Result<Json, SynthError> {
        apply::synthesize(&self.program)
    }

    /// Where the migrated stack says something else than the template, as findings; none if both mean the same.
    pub fn differences(&self) -> Vec<Finding> {
        match self.synthesize() {
            Ok(got) => self.differences_to(&got),
            Err(error) => error.findings,
        }
    }

    /// Where another template says something else than this one, as findings.
    pub fn differences_to(&self, got: &Json) -> Vec<Finding> {
        let finding = |difference: Difference| {
            let shown = |json: &Option<Json>| json.as_ref().map_or("nothing".to_owned(), Json::to_string);
            Finding::error(
                "migrate::different",
                self.source.locate(&difference.path),
                format!("the template says {}, the code {}", shown(&difference.wanted), shown(&difference.got)),
                "mend the generated code by hand, and report this",
            )
        };
        differences(self.source.json(), got).into_iter().map(finding).collect()
    }

    /// The Rust module with a function `stack`, which adds the stack to an app.
    pub fn module(&self, stack_id: &str) -> String {
        render::module(&self.program, stack_id, self.source.name())
    }

    /// The features of `flagcdk-cfn` that the module needs.
    pub fn features(&self) -> BTreeSet<String> {
        render::features(&self.program)
    }

    /// How much of the template has typed code.
    pub fn statistics(&self) -> Statistics {
        let mut statistics = Statistics::default();
        for resource in &self.program.resources {
            match resource.generated {
                Some(_) => statistics.typed_resources += 1,
                None => statistics.raw_resources += 1,
            }
            resource.properties.iter().for_each(|field| statistics.count(field));
        }
        let is_resource = |path: &[String]| path.first().is_some_and(|section| section == "Resources");
        statistics.raw_resources += self.program.entries.iter().filter(|(path, _)| is_resource(path)).count();
        statistics
    }
}

impl Statistics {
    fn count(&mut self, field: &Field) {
        if field.setter.is_some() && !matches!(field.value, Code::Untyped(_)) {
            self.typed_properties += 1;
        } else {
            self.raw_properties += 1;
        }
        let mut inner = Vec::new();
        field.value.walk(&mut |code| {
            if let Code::Struct(_, fields) = code {
                inner.extend(
                    fields.iter().map(|field| (field.setter.is_some(), matches!(field.value, Code::Untyped(_)))),
                );
            }
        });
        for (has_setter, is_untyped) in inner {
            if has_setter && !is_untyped {
                self.typed_properties += 1;
            } else {
                self.raw_properties += 1;
            }
        }
    }
}
