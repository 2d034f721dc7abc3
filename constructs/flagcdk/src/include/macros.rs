//! Loops and macros of an included template, which CloudFormation replaces by what they make.

use std::collections::BTreeMap;

use flagcdk_core::Json;

/// The macro that loops are part of.
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

const LOOP: &str = "Fn::ForEach::";

/// What makes entries of a template whose names are not known before CloudFormation has made them.
#[derive(Clone, Debug, Default)]
pub(super) struct Macros {
    has_loops: bool,
    by_section: BTreeMap<&'static str, Vec<String>>,
}

impl Macros {
    /// Looks at what the template declares.
    pub(super) fn declared_in(&mut self, template: &Json) {
        let declared = &template["Transform"];
        let several = declared.as_array().into_iter().flatten();
        self.has_loops = several.chain([declared]).any(|name| name == LANGUAGE_EXTENSIONS);
    }

    /// The first of a section's keys that makes entries of it.
    pub(super) fn make(&self, section: &str) -> Option<&str> {
        self.by_section.get(section)?.first().map(String::as_str)
    }

    pub(super) fn add(&mut self, section: &'static str, key: String) {
        self.by_section.entry(section).or_default().push(key);
    }

    /// Why CloudFormation takes no such key in a section, and what to do about it.
    ///
    /// See [Fn::ForEach](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html)
    /// and [Fn::Transform](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-transform.html).
    pub(super) fn problem(&self, section: &str, key: &str, value: &Json) -> Option<(String, &'static str)> {
        if key == "Fn::Transform" {
            return None;
        }
        let Some(name) = key.strip_prefix(LOOP) else {
            return Some((
                format!("`{section}` has `{key}`, which makes nothing there"),
                "write `Fn::ForEach::Name`, or `Fn::Transform`",
            ));
        };
        if section == "Mappings" {
            return Some((
                format!("`{section}` has `{key}`, and loops are not for mappings"),
                "write the mappings out",
            ));
        }
        if !self.has_loops {
            return Some((
                format!("`{section}` has `{key}`, and the template does not declare `{LANGUAGE_EXTENSIONS}`"),
                "add `Transform: AWS::LanguageExtensions` to the template",
            ));
        }
        let is_loop = matches!(value.as_array().map(Vec::as_slice), Some([Json::String(_), collection, Json::Object(_)])
            if collection.is_array() || collection.is_object());
        (name.is_empty() || !is_loop).then(|| {
            (
                format!("`{section}` has `{key}`, which is no loop"),
                "write a name behind `Fn::ForEach::`, and a list of an identifier, a collection and what is made",
            )
        })
    }
}
