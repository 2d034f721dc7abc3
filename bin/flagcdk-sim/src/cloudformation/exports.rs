//! Values that stacks of one region hand to each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::Store;
use crate::store::model::{ExportRecord, OutputRecord, Stack};

/// Whether the stack may export these values; the reason if not.
pub(super) fn check(store: &mut Store, stack: &Stack, outputs: &[OutputRecord]) -> Result<(), String> {
    let exports = &store.region_view(&stack.region).exports;
    let mut wanted = BTreeMap::new();
    for output in outputs {
        let Some(name) = &output.export else { continue };
        if wanted.insert(name.as_str(), output.value.as_str()).is_some() {
            return Err(format!("Duplicate Export names: {name}"));
        }
        if let Some(other) = exports.get(name).filter(|other| other.stack_id != stack.id) {
            return Err(format!("Export with name {name} is already exported by stack {}", other.stack_name));
        }
    }
    for (name, export) in exports.iter().filter(|(_, export)| export.stack_id == stack.id) {
        if export.importers.is_empty() {
            continue;
        }
        let users = export.importers.iter().cloned().collect::<Vec<_>>().join(" and ");
        match wanted.get(name.as_str()) {
            None => {
                return Err(format!("Export {name} cannot be deleted as it is in use by {users}"));
            }
            Some(value) if *value != export.value => {
                return Err(format!("Export {name} cannot be updated as it is in use by {users}"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Replaces what the stack exports and imports.
pub(super) fn replace(store: &mut Store, stack: &Stack, outputs: &[OutputRecord], imports: &BTreeSet<String>) {
    let exports = &mut store.region(&stack.region).exports;
    let mut kept = BTreeMap::new();
    exports.retain(|name, export| {
        let mine = export.stack_id == stack.id;
        if mine {
            kept.insert(name.clone(), std::mem::take(&mut export.importers));
        }
        !mine
    });
    for output in outputs {
        let Some(name) = &output.export else { continue };
        exports.insert(
            name.clone(),
            ExportRecord {
                value: output.value.clone(),
                stack_id: stack.id.clone(),
                stack_name: stack.name.clone(),
                importers: kept.remove(name).unwrap_or_default(),
            },
        );
    }
    for (name, export) in exports {
        if imports.contains(name) {
            export.importers.insert(stack.name.clone());
        } else {
            export.importers.remove(&stack.name);
        }
    }
}

/// The first export of the stack that another stack uses, with its users.
pub(super) fn in_use(store: &mut Store, stack: &Stack) -> Option<(String, String)> {
    store
        .region_view(&stack.region)
        .exports
        .iter()
        .find(|(_, export)| export.stack_id == stack.id && !export.importers.is_empty())
        .map(|(name, export)| (name.clone(), export.importers.iter().cloned().collect::<Vec<_>>().join(" and ")))
}
