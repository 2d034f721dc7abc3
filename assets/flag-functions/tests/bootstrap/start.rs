//! Functions that cannot start.

use flag_laboratory::{Lambda, Started};

use crate::bootstrap;

#[tokio::test]
async fn a_function_that_cannot_start_tells_lambda_everything_that_is_wrong() {
    let check = async |handler: &str, environment: &[(&str, &str)], name: &str, parts: &[&str]| {
        let mut lambda = Lambda::start(bootstrap(), handler, environment).await;
        let Started::Refused(failed) = lambda.started().await else { panic!("`{handler}` starts") };
        assert_eq!(failed.name, name);
        for part in parts {
            assert!(failed.message.contains(part), "{handler}: {}", failed.message);
        }
        let logs = lambda.stop().await;
        assert_eq!((logs.len(), &logs[0]["level"], &logs[0]["event"]), (1, &"FATAL".into(), &"start_failed".into()));
        assert_eq!(logs[0]["error"], failed.message);
    };
    check("other", &[], "UnknownHandler", &["unknown handler `other`", "`rollback`"]).await;
    check("", &[], "UnknownHandler", &["unknown handler ``"]).await;
    let missing = ["`ENVIRONMENT`", "`FLAG_TABLE`", "`HOME_REGION`", "`FLAG_TOPIC_ARN`", "`ALERT_TOPIC_ARN`"];
    check("validator", &[], "BadSettings", &missing).await;
    let missing = ["`ENVIRONMENT`", "`QUEUE_PREFIX`", "`REDIS_ENDPOINT`", "`REDIS_PORT`", "`REDIS_TLS`"];
    check("cache_updater", &[], "BadSettings", &missing).await;
    let wrong = [("REDIS_TLS", "yes"), ("REDIS_PORT", "70000"), ("ENVIRONMENT", "")];
    let parts = ["`REDIS_TLS` is `yes`", "`REDIS_PORT` is `70000`", "`ENVIRONMENT` is missing"];
    check("cache_updater", &wrong, "BadSettings", &parts).await;
    check("consistency_checker", &[], "BadSettings", &["`ENVIRONMENT`", "`SERVICE_COUNT`"]).await;
    let missing = ["`ENVIRONMENT`", "`FLAG_TABLE`", "`HOME_REGION`", "`OPENSEARCH_ENDPOINT`", "`OPENSEARCH_INDEX`"];
    check("rollback", &[], "BadSettings", &missing).await;
}
