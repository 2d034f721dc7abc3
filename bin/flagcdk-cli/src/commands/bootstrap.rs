//! `flagcdk bootstrap`

use std::collections::BTreeMap;

use flagcdk_engine::{Execution, execute, observe, plan};

use super::deploy::{announce, ask, reporter, requests};
use crate::args::{Bootstrap, Global};
use crate::cloud::Session;
use crate::failure::Failure;
use crate::{app, ui};

/// Makes the asset buckets and the roles of StackSets, which a deploy makes too where they are missing.
pub(crate) async fn run(global: &Global, options: &Bootstrap) -> Result<u8, Failure> {
    let mut app = app::synthesize(global).await?;
    let regions = app::regions(&options.regions, &app.assembly)?;
    // Without stacks, what is left of a plan is the bootstrap.
    app.assembly.manifest.stacks.clear();
    let assembly = &app.assembly;
    let session = Session::open(global, &app).await?;
    let observed = observe(&session.cloud, assembly, &regions, &[]).await?;
    let none = BTreeMap::new();
    let plan = plan(assembly, &regions, &[], &none, &observed).map_err(Failure::Problems)?;
    announce(&plan);
    if plan.is_empty() {
        ui::say("nothing to do: the account is ready");
        session.close().await;
        return Ok(0);
    }
    ui::plan::show(&plan);
    if !options.yes && global.local.is_none() {
        ask(&format!("Bootstrap {} in account {}?", ui::plan::count(regions.len(), "region"), plan.account))?;
    }
    let execution = Execution {
        assembly,
        files: &[],
        asset_keys: &none,
        observed: &observed,
        plan: &plan,
        patience: session.patience,
        force: false,
    };
    let report = execute(&session.cloud, &execution, &mut *reporter(global, &plan)).await;
    ui::report::show(&report, "ready");
    requests(&session);
    session.close().await;
    Ok(report.outcome().exit_code())
}
