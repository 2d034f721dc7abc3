//! How long the steps of a deploy take for the shipped app, and how that grows with ten times as many services.
//!
//! Goals, for 156 services, on one core: synthesis with writing 15 ms, the first validation in a process 60 ms, a plan 5 ms,
//! a deploy that has nothing to do 1 s.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::Criterion;
use flagcdk::patterns::Services;
use flagcdk_assembly::{Assembly, Region};
use flagcdk_aws::{AwsCloud, Connection, StaticCredentials};
use flagcdk_engine::{Execution, Observed, Patience, PublishedFile, observe, plan, sha256, validate};
use flagcdk_sim::{Pace, Simulator};
use flagcdk_stacks::{Config, app_with};

/// Services of the shipped app, and ten times as many.
const SERVICES: [usize; 2] = [156, 1560];

/// The argument with which this program validates once, and says how many nanoseconds it took.
const ONCE: &str = "--validate-once";

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if let Some(count) = std::env::args().skip_while(|argument| argument != ONCE).nth(1) {
        let app = assembly(count.parse().expect("this program passes a number"));
        let start = Instant::now();
        validate(&app);
        let nanoseconds = start.elapsed().as_nanos().to_string();
        std::io::stdout().write_all(nanoseconds.as_bytes()).expect("the other process reads it");
        return;
    }
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for services in SERVICES {
        bench_synth(&mut criterion, services);
        bench_validate(&mut criterion, services);
        bench_plan(&mut criterion, services);
    }
    bench_commands(&mut criterion);
    criterion.final_summary();
}

fn config(services: usize) -> Config {
    let mut config = Config::new("dev");
    config.services = Services::numbered(services);
    config
}

fn assembly(services: usize) -> Assembly {
    app_with(&config(services)).synth().expect("the app is sound")
}

fn bench_synth(criterion: &mut Criterion, services: usize) {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let config = config(services);
    let mut group = criterion.benchmark_group(format!("{services} services"));
    group.bench_function("construct and synthesize", |bencher| {
        bencher.iter(|| app_with(&config).synth().expect("the app is sound"));
    });
    let mut run = 0_usize;
    group.bench_function("construct, synthesize and write", |bencher| {
        bencher.iter_with_setup(
            || {
                run += 1;
                directory.path().join(run.to_string())
            },
            |out| {
                let assembly = app_with(&config).synth().expect("the app is sound");
                assembly.write(&out).expect("the directory can be written");
            },
        );
    });
}

/// Schemas are compiled once in a process, so that the first validation is timed in processes of its own.
fn bench_validate(criterion: &mut Criterion, services: usize) {
    let app = assembly(services);
    let mut group = criterion.benchmark_group(format!("{services} services"));
    group.bench_function("validate, first in a process", |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| first_validation(services)).sum());
    });
    group.bench_function("validate, again", |bencher| bencher.iter(|| validate(&app)));
}

fn first_validation(services: usize) -> Duration {
    let own = std::env::current_exe().expect("this program is a file");
    let output = Command::new(own).args([ONCE, &services.to_string()]).output().expect("this program runs");
    let text = String::from_utf8(output.stdout).expect("digits are UTF-8");
    Duration::from_nanos(text.parse().expect("this program writes a number"))
}

/// Plans against an empty account, and against one (simulated) that has everything, with nothing and with one setting changed.
fn bench_plan(criterion: &mut Criterion, services: usize) {
    let app = assembly(services);
    let regions = app.manifest.regions.clone();
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let path = directory.path().join("code.zip");
    std::fs::write(&path, b"code").expect("the directory is ours");
    let digest = sha256(b"code");
    let files = [PublishedFile { key: format!("assets/{digest}.zip"), sha256: digest, path }];
    let keys = app.manifest.assets.iter().map(|asset| (asset.id.clone(), files[0].key.clone())).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let (empty, deployed) = runtime.block_on(deploy(&app, &regions, &files, &keys));
    let mut changed = config(services);
    changed.retention_days = 14;
    let changed = app_with(&changed).synth().expect("the app is sound");
    let mut group = criterion.benchmark_group(format!("{services} services"));
    for (name, app, observed) in [
        ("plan, nothing deployed", &app, &empty),
        ("plan, nothing changed", &app, &deployed),
        ("plan, one setting changed", &changed, &deployed),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| plan(app, &regions, &files, &keys, observed).expect("nothing is in the way"));
        });
    }
}

/// What is observed before and after everything was deployed to a simulator.
async fn deploy(
    app: &Assembly,
    regions: &[Region],
    files: &[PublishedFile],
    asset_keys: &BTreeMap<String, String>,
) -> (Observed, Observed) {
    let simulator = Simulator::new().pace(Pace::Instant).start().await.expect("the simulator starts");
    let mut connection = Connection::new(app.manifest.home_region);
    connection.endpoint_url = Some(simulator.endpoint_url().to_owned());
    connection.credentials = Some(StaticCredentials::simulated());
    let cloud = AwsCloud::connect(connection).await.expect("the simulator is there");
    let observed = observe(&cloud, app, regions, files).await.expect("the simulator answers");
    let plan = plan(app, regions, files, asset_keys, &observed).expect("nothing is in the way");
    let patience =
        Patience { first: Duration::from_millis(1), longest: Duration::from_millis(20), ..Patience::default() };
    let execution =
        Execution { assembly: app, files, asset_keys, observed: &observed, plan: &plan, patience, force: false };
    let report = flagcdk_engine::execute(&cloud, &execution, &mut |_: &flagcdk_engine::Numbered| {}).await;
    assert_eq!(report.outcome().exit_code(), 0, "{report:?}");
    let after = observe(&cloud, app, regions, files).await.expect("the simulator answers");
    simulator.shutdown().await;
    (observed, after)
}

/// The command itself, where this workspace is, with a simulated account of its own.
fn bench_commands(criterion: &mut Criterion) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let state = tempfile::tempdir().expect("a temporary directory can be made");
    let run = || {
        let output = Command::new(env!("CARGO_BIN_EXE_flagcdk"))
            .current_dir(&workspace)
            .args(["deploy", "--all-regions", &format!("--local={}", state.path().display())])
            .output()
            .expect("the command runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let empty = || std::fs::remove_dir_all(state.path()).and_then(|()| std::fs::create_dir(state.path()));
    let mut group = criterion.benchmark_group("flagcdk deploy --all-regions --local");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("to an empty account", |bencher| {
        bencher.iter_with_setup(|| empty().expect("the directory is ours"), |()| run());
    });
    run();
    group.bench_function("nothing to do", |bencher| bencher.iter(run));
}
