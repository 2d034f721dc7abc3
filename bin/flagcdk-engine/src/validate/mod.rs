//! Validation: everything that can be known to be wrong with an assembly before anything is sent.
//!
//! It is a pure function of the assembly. It finds what CloudFormation would refuse, region by region and minutes later:
//! dangling references, properties that a type does not have, values of a wrong kind, templates that are too large. And it
//! finds what CloudFormation accepts and only the second region refuses: names that are global, types that must exist once.
//!
//! | file | subject |
//! |---|---|
//! | `manifest` | the manifest agrees with itself and with the templates |
//! | `parse`, `template`, `structure` | templates have the form of a template |
//! | `walk`, `references`, `attributes`, `graph` | functions are well formed and lead somewhere |
//! | `exports` | what stacks give each other by name |
//! | `schemas`, `keywords`, `properties`, `conditions`, `wording` | properties fit the schema of their type |
//! | `limits`, `placement`, `secrets` | quotas, regions, plaintext |
//!
//! What is right and unsafe is found too, see [`security`].

mod attributes;
mod codes;
pub(crate) mod conditions;
pub(crate) mod exports;
mod graph;
mod keywords;
mod limits;
mod manifest;
mod parameters;
mod parse;
mod placement;
mod properties;
mod references;
mod schemas;
pub(crate) mod secrets;
mod structure;
pub(crate) mod suggest;
pub(crate) mod template;
pub(crate) mod walk;
mod wording;

use flagcdk_assembly::{Assembly, Finding};

use crate::security::{self, Suppressed};

pub use codes::CODES;

/// What there is to say of an assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Everything that is wrong or unsafe.
    pub findings: Vec<Finding>,
    /// What is unsafe and was said to be right, with the reason.
    pub suppressed: Vec<Suppressed>,
}

/// Finds everything that is wrong with an assembly, in one go.
///
/// The findings come errors first, then by path. An assembly without errors can be packaged, planned and deployed; nothing of
/// what this function checks is checked again later. It never panics, whatever the templates hold, and does no I/O.
///
/// The schemas of the resource types in use are compiled at their first use and kept for the life of the process.
pub fn validate(assembly: &Assembly) -> Vec<Finding> {
    review(assembly).findings
}

/// As [`validate`](fn@validate), with what would be found if nobody had given a reason why it is right.
pub fn review(assembly: &Assembly) -> Review {
    let mut findings = Vec::new();
    let parsed: Vec<_> =
        assembly.manifest.stacks.iter().map(|stack| parse::template(assembly, stack, &mut findings)).collect();
    let stacks: Vec<_> = assembly
        .manifest
        .stacks
        .iter()
        .zip(&parsed)
        .filter_map(|(entry, parsed)| {
            let parsed = parsed.as_ref()?;
            template::StackView::new(&assembly.manifest, entry, parsed, &mut findings)
        })
        .collect();
    let app = template::AppView { manifest: &assembly.manifest, stacks };

    manifest::check(&app, &mut findings);
    schemas::prepare(app.stacks.iter().flat_map(|stack| stack.resources.values()).map(|resource| resource.kind));
    let mut links = exports::Links::default();
    let mut checked = Vec::new();
    for (position, stack) in app.stacks.iter().enumerate() {
        structure::check(stack, &mut findings);
        parameters::check(stack, &mut findings);
        limits::check(stack, &mut findings);
        placement::check(&app, stack, &mut findings);
        if stack.has_macros {
            // A macro may turn anything into anything, so that no reference and no property is what it will be.
            continue;
        }
        let uses = walk::check(&app, stack, &mut links, &mut findings);
        graph::check(stack, &uses, &mut findings);
        for resource in stack.resources.values() {
            properties::check(stack, resource, &uses, &mut findings);
            secrets::check(stack, resource, &mut findings);
        }
        checked.push((position, uses));
    }
    links.check(&app, &mut findings);
    let suppressed = security::check(&app, &checked, &mut findings);

    findings
        .sort_by(|a, b| (a.severity, &a.path, &a.code, &a.message).cmp(&(b.severity, &b.path, &b.code, &b.message)));
    findings.dedup();
    Review { findings, suppressed }
}
