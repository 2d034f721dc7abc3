//! `Fanout0` and so on, in every region: a queue for each service, as many as a template has room for.

use flagcdk::patterns::{FanoutShard, FanoutShardProps};
use flagcdk::{App, Placement};

use crate::Config;
use crate::regional::Regional;

pub(crate) fn stacks(app: &App, config: &Config, regional: &Regional) {
    for shard in config.services.shards() {
        let stack = app.stack(&format!("Fanout{}", shard.number), Placement::EveryRegion).describe(format!(
            "Queues of {} services, shard {}",
            shard.services.len(),
            shard.number
        ));
        let props = FanoutShardProps::builder()
            .bus(&regional.bus)
            .shard(shard)
            .consumer(&regional.cache_updater)
            .alerts(regional.alerts.clone())
            .build();
        // The logical ids are those of the services alone, without a word before them.
        let shard = FanoutShard::new(&stack, "Resource", props);
        for (service, queue) in shard.queues() {
            let name: String = service.split(|c: char| !c.is_ascii_alphanumeric()).map(capitalized).collect();
            stack.output(&format!("QueueUrl{name}"), queue.url());
        }
    }
}

fn capitalized(part: &str) -> String {
    let mut characters = part.chars();
    characters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + characters.as_str())
}
