terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

data "aws_caller_identity" "current" {}

resource "aws_sqs_queue" "dead_orders" {
  name_prefix               = "dead-orders-"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 14 * 24 * 60 * 60
}

resource "aws_sqs_queue" "orders" {
  name_prefix                = "orders-"
  sqs_managed_sse_enabled    = true
  message_retention_seconds  = 14 * 24 * 60 * 60
  visibility_timeout_seconds = 180
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_orders.arn
    maxReceiveCount     = 5
  })
}

data "aws_iam_policy_document" "only_tls" {
  for_each = { orders = aws_sqs_queue.orders.arn, dead_orders = aws_sqs_queue.dead_orders.arn }

  statement {
    sid       = "OnlyTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "only_tls" {
  for_each = { orders = aws_sqs_queue.orders.url, dead_orders = aws_sqs_queue.dead_orders.url }

  queue_url = each.value
  policy    = data.aws_iam_policy_document.only_tls[each.key].json
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "packer" {
  name_prefix        = "packer-"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

data "aws_iam_policy_document" "packer" {
  statement {
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ]
    resources = [aws_sqs_queue.orders.arn]
  }
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.packer.arn}:*"]
  }
  statement {
    actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "packer" {
  role   = aws_iam_role.packer.id
  policy = data.aws_iam_policy_document.packer.json
}

resource "aws_cloudwatch_log_group" "packer" {
  name_prefix       = "packer-"
  retention_in_days = 365
}

# Built before by `cargo lambda build --release --arm64 --output-format zip`.
resource "aws_lambda_function" "packer" {
  function_name    = "packer"
  role             = aws_iam_role.packer.arn
  runtime          = "provided.al2023"
  architectures    = ["arm64"]
  handler          = "bootstrap"
  filename         = "target/lambda/packer/bootstrap.zip"
  source_code_hash = filebase64sha256("target/lambda/packer/bootstrap.zip")
  memory_size      = 256
  timeout          = 30
  depends_on       = [aws_iam_role_policy.packer]

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.packer.name
  }
}

resource "aws_lambda_event_source_mapping" "packer" {
  event_source_arn        = aws_sqs_queue.orders.arn
  function_name           = aws_lambda_function.packer.arn
  function_response_types = ["ReportBatchItemFailures"]
}

resource "aws_sns_topic" "people" {
  name_prefix = "people-"
}

data "aws_iam_policy_document" "people" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.people.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
  statement {
    sid       = "OnlyTls"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.people.arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "people" {
  arn    = aws_sns_topic.people.arn
  policy = data.aws_iam_policy_document.people.json
}

resource "aws_cloudwatch_metric_alarm" "dead_orders" {
  alarm_name          = "dead-orders"
  alarm_description   = "Orders could not be packed: read the log, mend the packer, redrive the queue"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_orders.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.people.arn]
  ok_actions          = [aws_sns_topic.people.arn]
}
