//! `flagcdk status`

use std::collections::BTreeMap;

use flagcdk_assembly::{Placement, Region};
use flagcdk_engine::{InstanceStatus, Observed, observe};
use serde_json::json;

use crate::args::Global;
use crate::cloud::Session;
use crate::failure::Failure;
use crate::ui::style::{BAD, BOLD, CHANGE, DIM, GOOD, paint, short_region};
use crate::{app, ui};

/// Shows what is deployed. Exits with 0 if every stack is there and current, else with 4.
pub(crate) async fn run(global: &Global) -> Result<u8, Failure> {
    let app = app::synthesize(global).await?;
    let (assembly, manifest) = (&app.assembly, &app.assembly.manifest);
    let session = Session::open(global, &app).await?;
    let observed = observe(&session.cloud, assembly, &manifest.regions, &[]).await?;
    session.close().await;

    let rows: Vec<_> = manifest
        .stacks
        .iter()
        .map(|stack| {
            let cells = match stack.placement {
                Placement::Home => home_cells(&observed, &stack.id, manifest.home_region),
                Placement::EveryRegion => set_cells(&observed, &stack.id, &manifest.regions),
            };
            (stack.id.as_str(), cells)
        })
        .collect();
    let current = rows.iter().flat_map(|(_, cells)| cells.values()).all(|state| is_current(state));
    if global.json {
        let rows: Vec<_> = rows.iter().map(|(id, cells)| json!({ "stack": id, "regions": cells })).collect();
        ui::data(serde_json::to_string_pretty(&rows).expect("rows are plain data"));
    } else {
        show(&rows, &manifest.regions);
    }
    Ok(if current { 0 } else { 4 })
}

type Cells = BTreeMap<Region, String>;

fn home_cells(observed: &Observed, id: &str, home: Region) -> Cells {
    let status = observed.stacks.get(id).map_or("missing", |stack| stack.state.status.as_str());
    BTreeMap::from([(home, status.to_owned())])
}

fn set_cells(observed: &Observed, id: &str, regions: &[Region]) -> Cells {
    let instances = observed.stack_sets.get(id).map_or(&[][..], |set| &set.instances);
    let status = |region: &Region| match instances.iter().find(|instance| instance.region == *region) {
        None => "missing",
        Some(instance) => match instance.status {
            InstanceStatus::Current => "CURRENT",
            InstanceStatus::Outdated => "OUTDATED",
            InstanceStatus::Inoperable => "INOPERABLE",
            InstanceStatus::Unknown => "UNKNOWN",
        },
    };
    regions.iter().map(|region| (*region, status(region).to_owned())).collect()
}

fn is_current(status: &str) -> bool {
    matches!(status, "CURRENT" | "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE")
}

fn show(rows: &[(&str, Cells)], regions: &[Region]) {
    let width = rows.iter().map(|(id, _)| id.len()).max().unwrap_or_default();
    let head: String = regions.iter().map(|region| format!("{:<6}", short_region(*region))).collect();
    ui::data(paint(DIM, format!("{:width$}  {head}", "")));
    for (id, cells) in rows {
        let signs: String = regions
            .iter()
            .map(|region| match cells.get(region).map(String::as_str) {
                None => "      ".to_owned(),
                Some("missing") => paint(DIM, "·     "),
                Some(status) if is_current(status) => paint(GOOD, "✓     "),
                Some("OUTDATED") => paint(CHANGE, "~     "),
                Some(_) => paint(BAD, "✗     "),
            })
            .collect();
        ui::data(format!("{}  {signs}", paint(BOLD, format!("{id:width$}"))));
    }
    for (id, cells) in rows {
        for (region, status) in cells.iter().filter(|(_, status)| !is_current(status)) {
            ui::data(format!("{id} in {region}: {status}"));
        }
    }
}
