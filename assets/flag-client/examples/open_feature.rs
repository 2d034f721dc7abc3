//! A service that reads its flags by OpenFeature.

use flag_client::{FlagClient, FlagProvider, Settings};
use open_feature::{EvaluationContext, OpenFeature};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::builder().service("checkout".parse()?).host(std::env::var("REDIS_ENDPOINT")?).build();
    OpenFeature::singleton_mut().await.set_provider(FlagProvider::new(FlagClient::start(settings))).await;

    let client = OpenFeature::singleton().await.create_client();
    let customer = EvaluationContext::default().with_targeting_key("customer-1").with_custom_field("country", "SE");
    let express = client.get_bool_value("checkout.express-pay", Some(&customer), None).await.unwrap_or(false);
    std::io::Write::write_all(&mut std::io::stderr(), format!("express pay: {express}\n").as_bytes())?;
    Ok(())
}
