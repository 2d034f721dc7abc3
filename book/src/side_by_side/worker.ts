import { App, Duration, Stack, type StackProps } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as actions from "aws-cdk-lib/aws-cloudwatch-actions";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as sources from "aws-cdk-lib/aws-lambda-event-sources";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sns from "aws-cdk-lib/aws-sns";
import * as sqs from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

class Packing extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const deadOrders = new sqs.Queue(this, "DeadOrders", {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const orders = new sqs.Queue(this, "Orders", {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.minutes(3),
      deadLetterQueue: { queue: deadOrders, maxReceiveCount: 5 },
    });

    const packer = new lambda.Function(this, "Packer", {
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: lambda.Architecture.ARM_64,
      handler: "bootstrap",
      // Built before by `cargo lambda build --release --arm64`.
      code: lambda.Code.fromAsset("target/lambda/packer"),
      memorySize: 256,
      timeout: Duration.seconds(30),
      tracing: lambda.Tracing.ACTIVE,
      loggingFormat: lambda.LoggingFormat.JSON,
      logGroup: new logs.LogGroup(this, "PackerLogs", { retention: logs.RetentionDays.ONE_YEAR }),
    });
    packer.addEventSource(new sources.SqsEventSource(orders, { reportBatchItemFailures: true }));

    const people = new sns.Topic(this, "People", { enforceSSL: true });
    const ownAccount = { StringEquals: { "aws:SourceAccount": this.account } };
    people.grantPublish(new iam.ServicePrincipal("cloudwatch.amazonaws.com", { conditions: ownAccount }));
    const alarm = new cloudwatch.Alarm(this, "DeadOrdersAlarm", {
      metric: deadOrders.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: cloudwatch.Stats.MAXIMUM,
      }),
      alarmDescription: "Orders could not be packed: read the log, mend the packer, redrive the queue",
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    const notify = new actions.SnsAction(people);
    alarm.addAlarmAction(notify);
    alarm.addOkAction(notify);
  }
}

new Packing(new App(), "Packing", { env: { region: "eu-west-1" } });
