//! What is started for a run, and how the templates are told of it.

use std::path::Path;

use flag_laboratory::{Certificates, Guard, Redis};
use flagcdk::patterns::Services;
use flagcdk_assembly::{Architecture, Region};
use flagcdk_engine::package::package_binary;
use flagcdk_stacks::{Config, app_with};
use serde_json::{Value, json};

use super::aws::Aws;
use crate::emulator::Server;
use crate::ministack::deploy;

/// The one region. Others would be the same again: the emulator copies no items between them.
pub(super) const REGION: Region = Region::US_EAST_1;
pub(super) const SERVICES: [&str; 3] = ["checkout", "orders", "search"];
pub(super) const PASSWORD: &str = "the-password-of-a-local-run";

/// Where the answer of the query stands that the emulator cannot run.
const ROWS: &str = "/local-run/query-results";

/// Everything that runs. What is dropped is ended.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) ministack: Server,
    pub(super) osmem: Server,
    pub(super) redis: Redis,
    pub(super) aws: Aws,
}

impl Parts {
    /// Starts the servers and deploys the app with this binary as its functions.
    pub(super) async fn start(bootstrap: &Path) -> Result<Self, String> {
        let directory = tempfile::tempdir().map_err(|error| format!("cannot make a directory: {error}"))?;
        let (zip, _) =
            package_binary(bootstrap, architecture(), directory.path()).map_err(|error| error.to_string())?;
        let code =
            std::fs::read(&zip.path).map_err(|error| format!("cannot read `{}`: {error}", zip.path.display()))?;
        let guard = Guard::Tls { certificates: Certificates::new(), password: PASSWORD.to_owned() };
        let redis = Redis::start(guard).await;
        let (ministack, osmem) = (Server::ministack(), Server::osmem());
        let aws = Aws { port: ministack.port(), region: "us-east-1" };
        let parts = Self { ministack, osmem, redis, aws };
        parts.see(&[]).await?;
        parts.deploy(&code).await;
        parts.set_password().await?;
        Ok(parts)
    }

    async fn deploy(&self, code: &[u8]) {
        let mut config = Config::new("dev");
        config.services = Services::named(SERVICES);
        config.regions = vec![REGION];
        config.architecture = architecture();
        let assembly = app_with(&config).synth().expect("the shipped app has no findings");
        let cloud = self.ministack.connect(REGION).await;
        deploy(&cloud, &self.ministack.endpoint_url, &assembly, Some(code), |template| self.adapt(template)).await;
    }

    /// Names the local cache, audit domain and table where the template names those of AWS, and lets the state machine get
    /// the rows of its query from a parameter: the emulator's Logs Insights has no `stats`.
    fn adapt(&self, template: &mut Value) {
        let authority = match self.redis.guard() {
            Guard::Tls { certificates, .. } => certificates.authority().display().to_string(),
            _ => String::new(),
        };
        let local = [
            ("AWS_ENDPOINT_URL_DYNAMODB", self.ministack.endpoint_url.clone()),
            ("OPENSEARCH_ENDPOINT", self.osmem.endpoint_url.clone()),
            ("REDIS_ENDPOINT", "127.0.0.1".to_owned()),
            ("REDIS_PORT", self.redis.port().to_string()),
        ];
        for resource in template["Resources"].as_object_mut().into_iter().flat_map(|resources| resources.values_mut()) {
            let Some(properties) = resource.get_mut("Properties") else { continue };
            if let Some(variables) = properties.pointer_mut("/Environment/Variables").and_then(Value::as_object_mut) {
                for (name, value) in &local {
                    variables.entry(*name).and_modify(|old| *old = value.as_str().into());
                }
                if variables.contains_key("REDIS_ENDPOINT") {
                    variables.insert("SSL_CERT_FILE".to_owned(), authority.as_str().into());
                }
            }
            if let Some(text) = properties["DefinitionString"].as_str()
                && let Ok(mut definition) = serde_json::from_str::<Value>(text)
                && let Some(state) = definition.pointer_mut("/States/GetQueryResults")
            {
                state["Resource"] = "arn:aws:states:::aws-sdk:ssm:getParameter".into();
                state["Parameters"] = json!({ "Name": ROWS });
                state["ResultSelector"] =
                    json!({ "status": "Complete", "results.$": "States.StringToJson($.Parameter.Value)" });
                properties["DefinitionString"] = definition.to_string().into();
            }
        }
    }

    /// The password that the template had generated becomes that of the cache.
    async fn set_password(&self) -> Result<(), String> {
        let secrets = self.aws.call("secretsmanager", "secretsmanager.ListSecrets", &json!({})).await?;
        let mut secrets = secrets["SecretList"].as_array().into_iter().flatten();
        let own = secrets.find(|secret| secret["Description"] == "Password of the flag cache");
        let own = own.ok_or("the stacks have no secret for the password of the cache")?;
        let value = json!({ "token": PASSWORD }).to_string();
        let request = json!({ "SecretId": own["ARN"], "SecretString": value });
        self.aws.call("secretsmanager", "secretsmanager.PutSecretValue", &request).await.map(drop)
    }

    /// Answers the query of the state machine: the newest version of the flag that each service has logged.
    pub(super) async fn see(&self, held: &[(String, u64)]) -> Result<(), String> {
        let row = |(service, version): &(String, u64)| json!([{ "Field": "service", "Value": service }, { "Field": "version", "Value": version.to_string() }]);
        let rows = Value::from_iter(held.iter().map(row)).to_string();
        let request = json!({ "Name": ROWS, "Value": rows, "Type": "String", "Overwrite": true });
        self.aws.call("ssm", "AmazonSSM.PutParameter", &request).await.map(drop)
    }
}

fn architecture() -> Architecture {
    if std::env::consts::ARCH == "aarch64" { Architecture::Arm64 } else { Architecture::X86_64 }
}
