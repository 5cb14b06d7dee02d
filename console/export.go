package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// An Undelivered is a message about an event that its receiver did not take.
type Undelivered struct {
	Tenant  string    `json:"tenant"`
	Webhook string    `json:"webhook" doc:"the receiver, as the configuration names it"`
	Message string    `json:"message" doc:"its id, the same at each try"`
	Body    string    `json:"body" doc:"what was to be received, as it was signed"`
	Why     string    `json:"why"`
	At      time.Time `json:"at" doc:"of the last try"`
}

type exportQuery struct {
	Tenant string    `query:"tenant" doc:"only of this tenant"`
	From   time.Time `query:"from" doc:"calls that ended then or later"`
	To     time.Time `query:"to" doc:"and before then"`
	Format string    `query:"format" enum:"jsonl,csv" default:"jsonl" doc:"a line of JSON for each call, or CSV (RFC 4180)"`
}

type exportReply struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type undeliveredQuery struct {
	Tenant string `query:"tenant" doc:"only of this tenant"`
	Limit  int    `query:"limit" default:"100" minimum:"0" maximum:"1000"`
}

type undeliveredReply struct{ Body []Undelivered }

func (s *Server) exports() {
	if s.cfg.Export != nil {
		huma.Register(s.api, huma.Operation{
			OperationID: "export-calls", Method: http.MethodGet, Path: "/api/v1/cdr", Tags: []string{"calls"},
			Summary: "Records of calls that ended, for billing and reports, oldest first", Errors: []int{http.StatusUnprocessableEntity},
		}, s.export)
	}
	if s.cfg.Undelivered != nil {
		huma.Register(s.api, huma.Operation{
			OperationID: "list-undelivered", Method: http.MethodGet, Path: "/api/v1/undelivered", Tags: []string{"operations"},
			Summary: "Messages about events that their receivers did not take, newest first",
		}, s.undelivered)
	}
}

func (s *Server) export(ctx context.Context, q *exportQuery) (*exportReply, error) {
	reply := &exportReply{ContentType: "application/jsonl; charset=utf-8"}
	asCSV := q.Format == "csv"
	if asCSV {
		reply.ContentType = "text/csv; charset=utf-8; header=present"
	}
	for i, tenant := range s.wholeTenants(ctx, q.Tenant) {
		part, err := s.cfg.Export(ctx, tenant, q.From, q.To, asCSV)
		if err != nil {
			return nil, s.unavailable("export calls", err)
		}
		s.note(ctx, tenant, "export-calls", q.Format)
		if asCSV && i > 0 {
			part = afterHeader(part)
		}
		reply.Body = append(reply.Body, part...)
	}
	return reply, nil
}

// afterHeader leaves the first row out, which holds no break of a line.
func afterHeader(rows []byte) []byte {
	for i, b := range rows {
		if b == '\n' {
			return rows[i+1:]
		}
	}
	return nil
}

func (s *Server) undelivered(ctx context.Context, q *undeliveredQuery) (*undeliveredReply, error) {
	reply := &undeliveredReply{Body: []Undelivered{}}
	for _, tenant := range s.wholeTenants(ctx, q.Tenant) {
		part, err := s.cfg.Undelivered(ctx, tenant, q.Limit)
		if err != nil {
			return nil, s.unavailable("list undelivered messages", err)
		}
		reply.Body = append(reply.Body, part...)
	}
	return reply, nil
}

// wholeTenants are those of which all calls are within reach: a file of records is not
// parted by queue.
func (s *Server) wholeTenants(ctx context.Context, only string) []string {
	all := s.tenants(ctx, only)
	return slices.DeleteFunc(all, func(name string) bool { return !reachOf(ctx).Whole(name) })
}
