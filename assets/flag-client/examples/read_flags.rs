//! A service that reads its flags, and a test of it.

// ANCHOR: service
use std::time::Duration;

use flag_client::{Context, FlagClient, JsonLines, Settings, Tls};

/// What the service does for a customer. It gets the client, so that a test can hand in one of its own.
fn checkout(flags: &FlagClient, customer: &str, country: &'static str) -> String {
    let context = Context::of_user(customer.to_owned()).with("country", country);
    let most = flags.integer("checkout.max-items", &context, 100);
    if flags.bool("checkout.express-pay", &context, false) {
        format!("one click, up to {most} items")
    } else {
        format!("three pages, up to {most} items")
    }
}
// ANCHOR_END: service

// ANCHOR: start
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::builder()
        .service("checkout".parse()?)
        .host(std::env::var("REDIS_ENDPOINT")?)
        .tls(Tls::PublicRoots)
        .password(std::env::var("REDIS_TOKEN")?)
        .reporter(JsonLines::new(std::io::stdout()))
        .build();
    let flags = FlagClient::start(settings);
    // Without this, the first customers get the defaults.
    flags.ready(Duration::from_secs(5)).await?;
    let page = checkout(&flags, "customer-1", "SE");
    std::io::Write::write_all(&mut std::io::stderr(), page.as_bytes())?;
    Ok(())
}
// ANCHOR_END: start

// ANCHOR: test
#[cfg(test)]
mod tests {
    use flag_client::{FlagClient, Snapshot};
    use flag_model::FlagMessage;

    use super::checkout;

    #[test]
    fn swedes_pay_by_one_click() {
        let flag = r#"{
            "schema": 1, "flag_id": "checkout.express-pay", "version": 1, "tombstone": false, "service": "checkout",
            "value": true, "off_value": false,
            "targeting": {
                "rules": [{
                    "name": "Sweden", "serve": true,
                    "conditions": [{ "attribute": "country", "operator": "equals", "values": ["SE"] }]
                }],
                "rollout": { "percentage": 0 }
            }
        }"#;
        let flags = FlagClient::of(Snapshot::of(&[FlagMessage::parse(flag).unwrap()]));
        assert_eq!(checkout(&flags, "customer-1", "SE"), "one click, up to 100 items");
        assert_eq!(checkout(&flags, "customer-1", "NO"), "three pages, up to 100 items");
    }
}
// ANCHOR_END: test
