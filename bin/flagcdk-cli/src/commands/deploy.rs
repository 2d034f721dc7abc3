//! `flagcdk deploy`

use flagcdk_engine::package::{PackageEvent, Packaged, package};
use flagcdk_engine::{Execution, Plan, Reporter, execute, observe, plan};

use crate::app::{self, App};
use crate::args::{Deploy, Global};
use crate::cloud::Session;
use crate::failure::Failure;
use crate::ui;
use crate::ui::build::Build;
use crate::ui::{grid, lines, report, style};

/// Builds, checks, plans, asks, publishes and deploys.
pub(crate) async fn run(global: &Global, options: &Deploy) -> Result<u8, Failure> {
    let app = app::synthesize_valid(global).await?;
    let assembly = &app.assembly;
    let regions = app::regions(&options.regions, assembly)?;
    let packaged = package_assets(global, &app).await?;
    let (files, asset_keys) = (packaged.files(), packaged.keys());

    let session = Session::open(global, &app).await?;
    let observed = observe(&session.cloud, assembly, &regions, &files).await?;
    let plan = plan(assembly, &regions, &files, &asset_keys, &observed).map_err(Failure::Problems)?;
    announce(&plan);
    if plan.is_empty() {
        ui::say(format!(
            "{} in {}: everything is up to date",
            style::paint(style::GOOD.bold(), "nothing to do"),
            ui::plan::count(regions.len(), "region")
        ));
        requests(&session);
        session.close().await;
        return Ok(0);
    }
    ui::plan::show(&plan);
    if options.dry_run {
        session.close().await;
        return Ok(0);
    }
    if !options.yes && global.local.is_none() {
        ask(&format!("Deploy to {} in account {}?", ui::plan::count(regions.len(), "region"), plan.account))?;
    }
    let execution = Execution {
        assembly,
        files: &files,
        asset_keys: &asset_keys,
        observed: &observed,
        plan: &plan,
        patience: session.patience,
        force: options.force,
    };
    let report = execute(&session.cloud, &execution, &mut *reporter(global, &plan)).await;
    if global.json {
        ui::data(serde_json::json!({ "report": report }).to_string());
    }
    report::show(&report, "up to date");
    requests(&session);
    session.close().await;
    Ok(report.outcome().exit_code())
}

/// What shows the run: a grid on a terminal, lines in a pipe, JSON if it was asked for.
pub(crate) fn reporter(global: &Global, plan: &Plan) -> Box<dyn Reporter> {
    if global.json {
        Box::new(lines::JsonLines)
    } else if ui::is_terminal() {
        Box::new(grid::Grid::new(&plan.regions))
    } else {
        Box::new(lines::Lines::new())
    }
}

/// Asks before anything is changed.
pub(crate) fn ask(question: &str) -> Result<(), Failure> {
    match ui::confirm(question) {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::usage("not confirmed; nothing was changed", "answer `y`, or pass `--yes`")),
        None => Err(Failure::usage(
            "there is nobody to ask: this is not a terminal",
            "pass `--yes` to go on without asking",
        )),
    }
}

/// Says whose account and which regions, before anything else is said of the plan.
pub(crate) fn announce(plan: &Plan) {
    let regions: Vec<_> = plan.regions.iter().map(|region| region.as_str()).collect();
    ui::say(format!("{} {} in {}", style::paint(style::BOLD, "account"), plan.account, regions.join(", ")));
}

/// Says how many requests were made, so that "nothing to do" can be believed.
pub(crate) fn requests(session: &Session) {
    let sent = session.cloud.requests_sent();
    ui::say(style::paint(style::DIM, format!("{} reading and {} changing requests", sent.reading, sent.mutating)));
}

/// Builds and packages the assets, and tells of it as it goes.
pub(crate) async fn package_assets(global: &Global, app: &App) -> Result<Packaged, Failure> {
    let mut build = Build::new();
    package(&app.assembly, &app.package_options(global), &mut |event: PackageEvent| build.tell(&event))
        .await
        .map_err(|error| Failure::environment(error.to_string(), error.help()))
}
