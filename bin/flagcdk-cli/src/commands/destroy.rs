//! `flagcdk destroy`

use std::collections::BTreeSet;

use flagcdk_engine::{Observed, Plan, destroy, observe, plan, retained};

use super::deploy::{announce, ask, reporter, requests};
use crate::args::{Destroy, Global};
use crate::cloud::Session;
use crate::failure::Failure;
use crate::ui::style::{BAD, BOLD, DIM, paint};
use crate::{app, ui};

/// Deletes the app's stacks in every region, the last wave first. The bootstrap stays, since other apps may use it.
pub(crate) async fn run(global: &Global, options: &Destroy) -> Result<u8, Failure> {
    let app = app::synthesize(global).await?;
    let assembly = &app.assembly;
    let regions = assembly.manifest.regions.clone();
    let session = Session::open(global, &app).await?;
    let observed = observe(&session.cloud, assembly, &regions, &[]).await?;
    let none = std::collections::BTreeMap::new();
    let plan = plan(assembly, &regions, &[], &none, &observed).map_err(Failure::Problems)?;
    announce(&plan);
    if observed.stacks.is_empty() && observed.stack_sets.is_empty() {
        ui::say("nothing to do: no stack of the app is deployed");
        session.close().await;
        return Ok(0);
    }
    show(&plan, &observed);
    if !options.yes && global.local.is_none() {
        ask(&format!("Delete these stacks in account {}?", plan.account))?;
    }
    let report = destroy(&session.cloud, &plan, &observed, session.patience, &mut *reporter(global, &plan)).await;
    if global.json {
        ui::data(serde_json::json!({ "report": report }).to_string());
    }
    ui::report::show(&report, "deleted");
    requests(&session);
    session.close().await;
    Ok(report.outcome().exit_code())
}

/// Says what goes and what stays.
fn show(plan: &Plan, observed: &Observed) {
    let mut kept = BTreeSet::new();
    for unit in plan.units() {
        let id = &unit.unit.id;
        let (what, template) = match (observed.stacks.get(id), observed.stack_sets.get(id)) {
            (Some(stack), _) => (format!("the stack {} in {}", stack.state.status, plan.home_region), &stack.template),
            (_, Some(set)) => (ui::plan::count(set.instances.len(), "instance"), &set.state.template),
            _ => continue,
        };
        ui::say(format!("{} {} ({what})", paint(BAD.bold(), "delete"), paint(BOLD, id)));
        for (resource, kind) in retained(template) {
            kept.insert(format!("{id}/{resource} {}", paint(DIM, kind)));
        }
    }
    if !kept.is_empty() {
        ui::say("what is marked to be retained stays in the account, out of the app's reach:");
        for resource in kept {
            ui::say(format!("  {resource}"));
        }
    }
}
