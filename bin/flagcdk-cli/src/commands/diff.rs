//! `flagcdk diff`

use flagcdk_engine::{observe, plan};

use super::deploy::{announce, package_assets};
use crate::args::{Global, Regions};
use crate::cloud::Session;
use crate::failure::Failure;
use crate::{app, ui};

/// Shows what a deploy would change, and changes nothing.
pub(crate) async fn run(global: &Global, choice: &Regions) -> Result<u8, Failure> {
    let app = app::synthesize_valid(global).await?;
    let assembly = &app.assembly;
    // A difference is the same in all regions, so that nothing is lost by looking at all of them.
    let regions =
        if choice.regions.is_empty() { assembly.manifest.regions.clone() } else { app::regions(choice, assembly)? };
    let packaged = package_assets(global, &app).await?;
    let files = packaged.files();
    let session = Session::open(global, &app).await?;
    let observed = observe(&session.cloud, assembly, &regions, &files).await?;
    let plan = plan(assembly, &regions, &files, &packaged.keys(), &observed).map_err(Failure::Problems)?;
    session.close().await;
    if global.json {
        ui::data(serde_json::to_string_pretty(&plan).expect("a plan is plain data"));
        return Ok(0);
    }
    announce(&plan);
    ui::plan::show(&plan);
    if plan.is_empty() {
        ui::say("no differences");
    }
    Ok(0)
}
