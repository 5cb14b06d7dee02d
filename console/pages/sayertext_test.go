package pages_test

import (
	"go/ast"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// take notes the text that an expression is, and follows what is put into it.
func (s *sayer) take(e ast.Expr) {
	if text := s.text(e); strings.ContainsFunc(strings.ReplaceAll(text, "{}", ""), func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) || strings.Count(text, "{}") > 1 {
		s.said[text] = true
	}
}

var verb = regexp.MustCompile(`%[-+# 0]*[\d.]*[a-zA-Z]`)

// text writes an expression as a text with holes.
func (s *sayer) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	case *ast.ParenExpr:
		return s.text(e.X)
	case *ast.CompositeLit:
		for _, x := range e.Elts {
			if pair, ok := x.(*ast.KeyValueExpr); ok {
				x = pair.Value
			}
			s.take(x)
		}
	case *ast.BinaryExpr:
		return s.piece(e.X) + s.piece(e.Y)
	case *ast.CallExpr:
		return s.result(e)
	case *ast.Ident:
		return s.named(e)
	case *ast.SelectorExpr:
		return s.selected(e)
	}
	return "{}"
}

// piece is a part of a longer text: what is written there itself, or else a hole.
func (s *sayer) piece(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit, *ast.BinaryExpr:
		return s.text(e)
	case *ast.CallExpr:
		if called(x) == "Sprintf" {
			return s.text(e)
		}
	case *ast.Ident:
		if values := s.consts[x.Name]; len(values) == 1 && !s.local(x) {
			return s.text(values[0])
		}
	}
	s.take(e)
	return "{}"
}

func (s *sayer) local(x *ast.Ident) bool {
	f := s.within[x]
	return f != nil && len(s.params(f, x.Name)) > 0
}

// result is what a call gives.
func (s *sayer) result(c *ast.CallExpr) string {
	name := called(c)
	switch {
	case name == "Sprintf" || name == "Errorf":
		for _, arg := range c.Args[1:] {
			s.take(arg)
		}
		return verb.ReplaceAllString(strings.ReplaceAll(s.text(c.Args[0]), "%%", "%"), "{}")
	case slices.Contains([]string{"append", "Or", "Join", "TrimPrefix", "New", "quote", "Sprint", "orDash"}, name):
		for _, arg := range c.Args {
			s.take(arg)
		}
	case len(s.funcs[name]) > 0 && name != "String": // of which type, is not known
		s.returns(name)
	case len(c.Args) == 1: // a conversion
		return s.text(c.Args[0])
	case name == "Error" && len(c.Args) == 0:
		return s.text(c.Fun.(*ast.SelectorExpr).X)
	}
	return "{}"
}

// returns follows what functions of a name give back.
func (s *sayer) returns(name string) {
	if s.seen["func "+name] {
		return
	}
	s.seen["func "+name] = true
	for _, f := range s.funcs[name] {
		ast.Inspect(f, func(n ast.Node) bool {
			if r, ok := n.(*ast.ReturnStmt); ok {
				for _, e := range r.Results {
					s.take(e)
				}
			}
			_, inner := n.(*ast.FuncLit)
			return !inner
		})
	}
}

// named follows a variable, a parameter or a constant.
func (s *sayer) named(x *ast.Ident) string {
	f := s.within[x]
	key := x.Name
	if f != nil {
		key = f.Name.Name + "." + strconv.Itoa(int(f.Pos())) + "." + x.Name
	}
	if s.seen[key] {
		return "{}"
	}
	s.seen[key] = true
	if f != nil {
		for _, place := range s.params(f, x.Name) {
			s.argument(regexp.QuoteMeta(f.Name.Name), place)
		}
		s.locals(f, x.Name)
	}
	for _, value := range s.consts[x.Name] {
		s.take(value)
	}
	return "{}"
}

// params are the places of a parameter.
func (s *sayer) params(f *ast.FuncDecl, name string) []int {
	var out []int
	at := 0
	for _, field := range f.Type.Params.List {
		for _, n := range field.Names {
			if n.Name == name {
				out = append(out, at)
			}
			at++
		}
	}
	return out
}

// locals follows what a variable of a function is set to.
func (s *sayer) locals(f *ast.FuncDecl, name string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && id.Name == name && len(n.Rhs) == len(n.Lhs) {
					s.assigned(n, i)
				} else if ok && id.Name == name {
					s.take(n.Rhs[0])
				}
			}
		case *ast.ValueSpec:
			for i, value := range n.Values {
				if n.Names[i].Name == name {
					s.take(value)
				}
			}
		}
		return true
	})
}

// selected follows a constant of another package, or a field of which it was asked.
func (s *sayer) selected(e *ast.SelectorExpr) string {
	if pkg, ok := e.X.(*ast.Ident); ok {
		if values := s.consts[pkg.Name+"."+e.Sel.Name]; len(values) > 0 {
			return s.text(values[0])
		}
	}
	if key := "field " + e.Sel.Name; slices.Contains(s.fields, e.Sel.Name) && !s.seen[key] {
		s.seen[key] = true
		s.field(e.Sel.Name)
	}
	return "{}"
}
