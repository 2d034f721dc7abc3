//! Exports and imports between the stacks of the app.

use std::collections::BTreeMap;

use flagcdk_assembly::{Finding, Placement};
use serde_json::Value as Json;

use super::codes;
use super::suggest::did_you_mean;
use super::template::AppView;

/// What stacks import from each other by name.
#[derive(Default)]
pub(super) struct Links<'a> {
    imports: Vec<Import<'a>>,
}

struct Import<'a> {
    stack: &'a str,
    name: &'a str,
    place: String,
}

/// The name of an export or import, if it is known before the deploy.
pub(crate) fn literal(name: &Json) -> Option<&str> {
    match name {
        Json::String(name) => Some(name),
        Json::Object(function) if function.len() == 1 => {
            let text = function.get("Fn::Sub")?.as_str()?;
            (!text.contains("${")).then_some(text)
        }
        _ => None,
    }
}

impl<'a> Links<'a> {
    pub(super) fn import(&mut self, stack: &'a str, name: &'a str, place: String) {
        self.imports.push(Import { stack, name, place });
    }

    /// Checks that each export is there once, and that imports of the app's own exports find one in their region and in time.
    pub(super) fn check(&self, app: &AppView<'_>, findings: &mut Vec<Finding>) {
        let mut exports: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
        for (position, stack) in app.stacks.iter().enumerate() {
            for (output, body) in stack.outputs {
                let Some(name) = body.get("Export").and_then(|export| export.get("Name")).and_then(literal) else {
                    continue;
                };
                let place = stack.at(&format!("Outputs.{output}.Export.Name"));
                if name.is_empty() || name.len() > 255 {
                    findings.push(Finding::error(
                        codes::BAD_VALUE,
                        place,
                        format!("the name has {} bytes, wanted 1 to 255", name.len()),
                        "choose a shorter name",
                    ));
                    continue;
                }
                match exports.get(name) {
                    Some((other, other_output)) => findings.push(Finding::error(
                        codes::DUPLICATE_EXPORT,
                        place,
                        format!(
                            "`{name}` is exported by the output `{other_output}` of `{}` already",
                            app.stacks[*other].entry.id
                        ),
                        "a name can be exported once in a region: rename one of the two",
                    )),
                    None => _ = exports.insert(name, (position, output)),
                }
            }
        }
        for import in &self.imports {
            findings.extend(self.check_import(app, &exports, import));
        }
    }

    fn check_import(
        &self,
        app: &AppView<'_>,
        exports: &BTreeMap<&str, (usize, &str)>,
        import: &Import<'_>,
    ) -> Option<Finding> {
        let position = app.stacks.iter().position(|stack| stack.entry.id == import.stack)?;
        let Some((exporter, _)) = exports.get(import.name) else {
            // A name that does not begin like one of ours is somebody else's, and nothing is known of it.
            let owner = app
                .stacks
                .iter()
                .find(|stack| import.name.strip_prefix(&stack.entry.name).is_some_and(|rest| rest.starts_with(':')))?;
            let known = exports.keys().copied();
            return Some(Finding::error(
                codes::UNKNOWN_EXPORT,
                &import.place,
                format!("the stack `{}` does not export `{}`", owner.entry.id, import.name),
                did_you_mean(import.name, known, format!("add the export to an output of `{}`", owner.entry.id)),
            ));
        };
        let from = &app.stacks[*exporter].entry;
        let to = &app.stacks[position].entry;
        let (message, help) = if *exporter == position {
            ("the stack imports what it exports itself".to_owned(), "name the resource: `Ref` or `Fn::GetAtt`")
        } else if *exporter > position {
            (
                format!("`{}` exports `{}`, and is deployed later", from.id, import.name),
                "let this stack depend on the other one",
            )
        } else if from.placement == Placement::Home
            && to.placement == Placement::EveryRegion
            && app.manifest.regions.len() > 1
        {
            (
                format!(
                    "`{}` exports `{}` in the home region alone, and this stack is in every region",
                    from.id, import.name
                ),
                "carry the value by a wire: a parameter here, an output there",
            )
        } else {
            return None;
        };
        Some(Finding::error(codes::EXPORT_OUT_OF_REACH, &import.place, message, help))
    }
}
