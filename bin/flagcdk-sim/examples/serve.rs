//! Runs the simulator by itself, for any client: `cargo run -p flagcdk-sim --example serve -- STATE_DIRECTORY`.
//!
//! It writes its endpoint to standard output and answers until it is interrupted.

use std::io::Write as _;

use flagcdk_sim::{Pace, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulator = Simulator::new().pace(Pace::Demo);
    if let Some(directory) = std::env::args().nth(1) {
        simulator = simulator.state_dir(directory);
    }
    let running = simulator.start().await?;
    writeln!(std::io::stdout(), "{}", running.endpoint_url())?;
    tokio::signal::ctrl_c().await?;
    running.shutdown().await;
    Ok(())
}
