//! A simulator and a way to deploy to it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use flagcdk_assembly::{Assembly, Region};
use flagcdk_aws::{AwsCloud, Connection, StaticCredentials};
use flagcdk_engine::{
    Cloud, Event, Execution, Numbered, Observed, Patience, Plan, PublishedFile, Report, destroy, execute, observe,
    plan, sha256,
};
use flagcdk_sim::{Pace, Running, Simulator};

use crate::app::Variant;

/// One account, with its own simulator.
pub(crate) struct Laboratory {
    pub(crate) simulator: Running,
    pub(crate) cloud: AwsCloud,
    files: Vec<PublishedFile>,
    _directory: tempfile::TempDir,
}

pub(crate) const PATIENCE: Patience =
    Patience { first: Duration::from_millis(1), longest: Duration::from_millis(5), deadline: Duration::from_secs(60) };

async fn connect(endpoint_url: &str) -> AwsCloud {
    let mut connection = Connection::new(Region::EU_WEST_1);
    connection.endpoint_url = Some(endpoint_url.to_owned());
    connection.credentials = Some(StaticCredentials::simulated());
    AwsCloud::connect(connection).await.unwrap()
}

impl Laboratory {
    pub(crate) async fn new() -> Self {
        Self::with(Simulator::new()).await
    }

    pub(crate) async fn with(simulator: Simulator) -> Self {
        let simulator = simulator.pace(Pace::Instant).start().await.unwrap();
        let cloud = connect(simulator.endpoint_url()).await;
        let directory = tempfile::tempdir().unwrap();
        let path: PathBuf = directory.path().join("code.zip");
        std::fs::write(&path, b"code").unwrap();
        let digest = sha256(b"code");
        let files = vec![PublishedFile { key: format!("assets/{digest}.zip"), sha256: digest, path }];
        Self { simulator, cloud, files, _directory: directory }
    }

    pub(crate) fn asset_keys(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("Code".to_owned(), self.files[0].key.clone())])
    }

    pub(crate) async fn plan(&self, assembly: &Assembly, regions: &[Region]) -> (Observed, Plan) {
        let observed = observe(&self.cloud, assembly, regions, &self.files).await.unwrap();
        let plan = plan(assembly, regions, &self.files, &self.asset_keys(), &observed).unwrap();
        (observed, plan)
    }

    /// Deploys a variant to all its regions. Nothing to do is an empty report.
    pub(crate) async fn deploy(&self, variant: &Variant) -> Report {
        self.deploy_to(variant, &variant.regions).await
    }

    pub(crate) async fn deploy_to(&self, variant: &Variant, regions: &[Region]) -> Report {
        self.deploy_by(&self.cloud, variant, regions).await.0
    }

    /// Deploys by way of another cloud, and gives the events too.
    pub(crate) async fn deploy_by(
        &self,
        cloud: &impl Cloud,
        variant: &Variant,
        regions: &[Region],
    ) -> (Report, Vec<Numbered>) {
        let assembly = variant.assembly();
        let observed = observe(cloud, &assembly, regions, &self.files).await.unwrap();
        let asset_keys = self.asset_keys();
        let plan = plan(&assembly, regions, &self.files, &asset_keys, &observed).unwrap();
        let mut events = Vec::new();
        if plan.is_empty() {
            return (Report::default(), events);
        }
        let execution = Execution {
            assembly: &assembly,
            files: &self.files,
            asset_keys: &asset_keys,
            observed: &observed,
            plan: &plan,
            patience: PATIENCE,
            force: false,
        };
        let report = execute(cloud, &execution, &mut |event: &Numbered| events.push(event.clone())).await;
        check_promises(&events);
        (report, events)
    }

    pub(crate) async fn destroy(&self, variant: &Variant) -> Report {
        let (observed, plan) = self.plan(&variant.assembly(), &variant.regions).await;
        destroy(&self.cloud, &plan, &observed, PATIENCE, &mut |_: &Numbered| {}).await
    }

    /// How many requests have changed something so far.
    pub(crate) fn mutations(&self) -> usize {
        self.simulator.request_log().iter().filter(|request| request.mutating).count()
    }

    /// Templates, parameters and instances of everything that is deployed: what two runs must agree on.
    pub(crate) async fn state(&self, variant: &Variant) -> String {
        let (observed, _) = self.plan(&variant.assembly(), &variant.regions).await;
        let mut lines = Vec::new();
        for (id, set) in &observed.stack_sets {
            let instances: Vec<_> =
                set.instances.iter().map(|instance| format!("{} {:?}", instance.region, instance.status)).collect();
            // The streams of two accounts were made at two times, which their ARNs tell.
            let mut template: serde_json::Value = serde_json::from_str(&set.state.template).unwrap();
            template["Mappings"].take();
            lines.push(format!("{id} {template} {:?} {instances:?}", set.state.parameters));
        }
        for (id, stack) in &observed.stacks {
            let state = &stack.state;
            lines.push(format!("{id} {} {} {:?}", sha256(stack.template.as_bytes()), state.status, state.parameters));
        }
        lines.push(format!("{:?}", observed.objects));
        lines.join("\n")
    }
}

/// What every stream of events keeps, see `flagcdk_engine::Event`.
fn check_promises(events: &[Numbered]) {
    assert!(matches!(events.first().unwrap().event, Event::RunStarted { .. }));
    assert!(matches!(events.last().unwrap().event, Event::RunFinished { .. }));
    let mut cells = BTreeMap::new();
    for (index, numbered) in events.iter().enumerate() {
        assert_eq!(numbered.seq, index as u64, "sequence numbers have no gaps");
        if let Event::CellChanged { unit, region, state, .. } = &numbered.event
            && let Some(before) = cells.insert((unit.clone(), *region), *state)
        {
            assert!(!before.is_terminal(), "{unit} in {region} left {before:?} for {state:?}");
        }
    }
    assert!(cells.values().all(|state| state.is_terminal()), "{cells:?}");
}
