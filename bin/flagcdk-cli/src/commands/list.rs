//! `flagcdk list`

use flagcdk_assembly::Placement;

use crate::args::Global;
use crate::failure::Failure;
use crate::{app, ui};

/// Prints the stacks in the order in which they are deployed.
pub(crate) async fn run(global: &Global) -> Result<u8, Failure> {
    let assembly = app::synthesize(global).await?.assembly;
    let manifest = &assembly.manifest;
    if global.json {
        ui::data(serde_json::to_string_pretty(&manifest.stacks).expect("a manifest is plain data"));
        return Ok(0);
    }
    let width = |texts: &mut dyn Iterator<Item = &String>| texts.map(String::len).max().unwrap_or_default();
    let (ids, names) = (
        width(&mut manifest.stacks.iter().map(|stack| &stack.id)),
        width(&mut manifest.stacks.iter().map(|stack| &stack.name)),
    );
    for stack in &manifest.stacks {
        let place = match stack.placement {
            Placement::Home => format!("stack in {}", manifest.home_region),
            Placement::EveryRegion => format!("StackSet in {}", ui::plan::count(manifest.regions.len(), "region")),
        };
        ui::data(format!("{:ids$}  {:names$}  {place}", stack.id, stack.name));
    }
    Ok(0)
}
