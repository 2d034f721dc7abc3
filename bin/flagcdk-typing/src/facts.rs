//! What a schema says about the values of a property, as sentences.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::schema;

/// The lists of paths in a schema.
pub(crate) struct Changes {
    replaced: BTreeSet<String>,
    perhaps_replaced: BTreeSet<String>,
    read_only: BTreeSet<String>,
}

impl Changes {
    pub(crate) fn of(schema: &Value) -> Self {
        let list = |keyword: &str| {
            let list = schema[keyword].as_array().into_iter().flatten().filter_map(Value::as_str);
            // Items of lists are written in two ways.
            list.map(|path| {
                path.replace("/items/", "/*/").replace("/properties/", "/").replacen('/', "/properties/", 1)
            })
            .collect()
        };
        Self {
            replaced: list("createOnlyProperties"),
            perhaps_replaced: list("conditionalCreateOnlyProperties"),
            read_only: list("readOnlyProperties"),
        }
    }

    pub(crate) fn is_read_only(&self, path: &str) -> bool {
        self.read_only.contains(path)
    }

    pub(crate) fn has_read_only_below(&self, path: &str) -> bool {
        self.read_only.range(format!("{path}/")..format!("{path}0")).next().is_some()
    }

    /// What replaces the resource, which values are allowed, and which is the default.
    pub(crate) fn of_property(&self, root: &Value, property: &Value, path: &str) -> Vec<String> {
        let target = schema::target(root, property);
        let limits = [
            range(target, "minimum", "maximum", ""),
            range(target, "minLength", "maxLength", " characters"),
            range(target, "minItems", "maxItems", " items"),
        ];
        let mut facts: Vec<String> = limits.into_iter().flatten().collect();
        match property.get("default").or_else(|| target.get("default")) {
            Some(Value::String(text)) if !text.is_empty() && !text.contains(['`', '\n']) => {
                facts.push(format!("Default: `{text}`."))
            }
            Some(default @ (Value::Bool(_) | Value::Number(_))) => facts.push(format!("Default: `{default}`.")),
            _ => {}
        }
        if self.replaced.contains(path) {
            facts.push("A change replaces the resource.".to_owned());
        } else if self.perhaps_replaced.contains(path) {
            facts.push("A change may replace the resource.".to_owned());
        }
        facts
    }
}

fn range(schema: &Value, least: &str, most: &str, unit: &str) -> Option<String> {
    let number = |keyword: &str| schema.get(keyword).filter(|value| value.is_number()).map(Value::to_string);
    // A text or list of no length is no news.
    let least = number(least).filter(|least| unit.is_empty() || least != "0");
    match (least, number(most)) {
        (Some(least), Some(most)) if least == most => {
            let unit = if least == "1" { unit.trim_end_matches('s') } else { unit };
            Some(format!("Exactly {least}{unit}."))
        }
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}.")),
        (Some(least), None) if unit.is_empty() || least != "1" => Some(format!("At least {least}{unit}.")),
        (None, Some(most)) => Some(format!("At most {most}{unit}.")),
        _ => None,
    }
}
