//! The cloud that a command talks to: AWS, or the simulator in this process.

use flagcdk_aws::{AwsCloud, Connection, StaticCredentials};
use flagcdk_engine::Patience;
use flagcdk_sim::{Pace, Simulator};

use crate::app::App;
use crate::args::Global;
use crate::failure::Failure;
use crate::ui;
use crate::ui::style::{CHANGE, paint};

/// A cloud to talk to.
pub(crate) struct Session {
    pub(crate) cloud: AwsCloud,
    /// How long to wait for things.
    pub(crate) patience: Patience,
    /// The simulator, which lives as long as the session.
    simulator: Option<flagcdk_sim::Running>,
}

impl Session {
    /// Connects; with `--local`, to a simulator that is started first.
    pub(crate) async fn open(global: &Global, app: &App) -> Result<Self, Failure> {
        let home_region = app.assembly.manifest.home_region;
        let Some(local) = &global.local else {
            let mut connection = Connection::new(home_region);
            connection.profile = global.profile.clone();
            connection.endpoint_url = global.endpoint_url.clone();
            let cloud = AwsCloud::connect(connection).await?;
            return Ok(Self { cloud, patience: Patience::default(), simulator: None });
        };
        let state = local.clone().unwrap_or_else(|| app.local_state());
        let simulator = Simulator::new().state_dir(&state).pace(Pace::Demo).start().await.map_err(|error| {
            Failure::environment(
                format!("cannot start the simulator: {error}"),
                format!(
                    "see that `{}` can be written to, or remove it to start with an empty account",
                    state.display()
                ),
            )
        })?;
        ui::say(format!(
            "{} no account is touched: this is flagcdk's own simulator of AWS, with its state in {}",
            paint(CHANGE, "simulated"),
            state.display()
        ));
        let mut connection = Connection::new(home_region);
        connection.endpoint_url = Some(simulator.endpoint_url().to_owned());
        connection.credentials = Some(StaticCredentials::simulated());
        let cloud = AwsCloud::connect(connection).await?;
        let patience = Patience {
            first: std::time::Duration::from_millis(40),
            longest: std::time::Duration::from_millis(250),
            ..Patience::default()
        };
        Ok(Self { cloud, patience, simulator: Some(simulator) })
    }

    /// Ends the session; the simulator writes its state down.
    pub(crate) async fn close(self) {
        if let Some(simulator) = self.simulator {
            simulator.shutdown().await;
        }
    }
}
